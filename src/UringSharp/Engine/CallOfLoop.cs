namespace UringSharp.Engine;

/// <summary>Something that code on an event loop waits for and that ends on other threads. The loop ends after it has been told so there, by the disposal of this; elsewhere this is nothing.</summary>
internal readonly struct CallOfLoop : IDisposable
{
    private readonly CompletionPump? _loop;

    internal CallOfLoop(CompletionPump pump)
    {
        if (pump == CompletionPump.OfLoopHere)
        {
            _loop = pump;
            pump.BeginCallOutside();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _loop?.EndCallOutside();
}
