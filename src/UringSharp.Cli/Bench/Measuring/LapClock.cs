using System.Diagnostics;

namespace UringSharp.Cli.Bench.Measuring;

/// <summary>
/// The time of a lap. All loops of a contender wait at its gate before they begin, so that neither starting them nor what they allocate by being
/// started is measured.
/// </summary>
internal sealed class LapClock(TimeSpan length, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _until;
    private int _arrived;

    /// <summary>Loops that wait at the gate.</summary>
    internal int Arrived => Volatile.Read(ref _arrived);

    /// <summary>Whether the time is up, or the benchmark was interrupted.</summary>
    internal bool IsOver => Stopwatch.GetTimestamp() >= _until || cancellationToken.IsCancellationRequested;

    internal CancellationToken CancellationToken => cancellationToken;

    /// <summary>For a loop: ready to begin. The task ends when it may.</summary>
    internal Task ArriveAsync()
    {
        Interlocked.Increment(ref _arrived);
        return _gate.Task;
    }

    /// <summary>Lets the loops go; returns the time.</summary>
    internal long Open()
    {
        long now = Stopwatch.GetTimestamp();
        _until = now + (long)(length.TotalSeconds * Stopwatch.Frequency);
        _gate.SetResult();
        return now;
    }
}
