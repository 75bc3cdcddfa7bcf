namespace UringSharp.Cli.Bench.Contenders;

/// <summary>An event loop on a thread of its own, until it is disposed of.</summary>
internal sealed class LoopHost : IDisposable
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    internal LoopHost()
    {
        TaskCompletionSource<UringLoop> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _thread = new Thread(() => Run(begun)) { IsBackground = true, Name = "loop" };
        _thread.Start();
        Loop = begun.Task.GetAwaiter().GetResult();
    }

    /// <summary>The loop.</summary>
    internal UringLoop Loop { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.TrySetResult();
        _thread.Join();
    }

    private void Run(TaskCompletionSource<UringLoop> begun)
    {
        try
        {
            UringLoop.Run(() =>
            {
                begun.SetResult(UringLoop.Current!);
                return _end.Task;
            });
        }
        catch (Exception e) when (begun.TrySetException(e))
        {
            // Whoever waits for the loop is told.
        }
    }
}
