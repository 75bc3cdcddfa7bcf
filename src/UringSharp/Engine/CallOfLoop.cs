namespace UringSharp.Engine;

/// <summary>Something that code on an event loop awaits and that ends on other threads: the loop goes on until the code has been told so there, and disposes of this.</summary>
internal readonly struct CallOfLoop : IDisposable
{
    private readonly CompletionPump? _loop;

    /// <param name="loop">The loop whose thread this is; null where the loop's end does not end the call, and so must not wait for it.</param>
    internal CallOfLoop(CompletionPump? loop) => _loop = loop?.TryBeginCallOutside() == true ? loop : null;

    /// <inheritdoc/>
    public void Dispose() => _loop?.EndCallOutside();
}
