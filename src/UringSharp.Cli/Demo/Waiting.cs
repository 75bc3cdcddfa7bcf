namespace UringSharp.Cli.Demo;

/// <summary>
/// The demo is conducted by its main thread, which blocks: so that it needs neither the thread pool, which FileStream will have brought to a halt, nor a ring's
/// thread.
/// </summary>
internal static class Waiting
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Blocks until the task has ended, however it ends, or the time is up. True when it has ended.</summary>
    /// <remarks>
    /// Wait() on the task itself would throw where it failed, and resolve a stack trace with line numbers, which takes its time, where it was cancelled.
    /// </remarks>
    internal static bool Ends(Task task, TimeSpan limit, CancellationToken cancellationToken) =>
        task.IsCompleted || Task.WhenAny(task).Wait(limit, cancellationToken);

    /// <summary>Blocks until the condition holds or the time is up. True when it holds.</summary>
    internal static bool Holds(Func<bool> condition, TimeSpan limit, CancellationToken cancellationToken)
    {
        long until = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (!condition())
        {
            if (Environment.TickCount64 > until)
            {
                return false;
            }

            if (cancellationToken.WaitHandle.WaitOne(2))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return true;
    }

    /// <summary>Blocks until the task has ended or the time is up, and looks around meanwhile.</summary>
    internal static bool Watch(Task task, TimeSpan limit, Action look, CancellationToken cancellationToken)
    {
        long until = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (!Ends(task, s_interval, cancellationToken))
        {
            look();
            if (Environment.TickCount64 > until)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Blocks for the time, and looks around meanwhile.</summary>
    internal static void Watch(TimeSpan time, Action look, CancellationToken cancellationToken)
    {
        long until = Environment.TickCount64 + (long)time.TotalMilliseconds;
        do
        {
            look();
            if (cancellationToken.WaitHandle.WaitOne(s_interval))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        while (Environment.TickCount64 < until);
    }
}
