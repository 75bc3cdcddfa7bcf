using System.Diagnostics;

namespace UringSharp.Engine;

/// <content>What the pump counts. Read by anyone, at any time.</content>
internal sealed partial class CompletionPump
{
    private long _submitted;
    private long _completed;
    private long _batches;
    private long _spilled;
    private long _takeovers;
    private long _wakeUps;
    private long _cancelled;
    private long _cancelledTooLate;

    /// <summary>One operation at a time is timed from its submission until it is taken, while somebody listens. Its sender sets both, the leader clears the first.</summary>
    private Operation? _timed;
    private long _timedSince;

    /// <summary>Adds this pump's figures.</summary>
    internal void AddTo(ref UringStatistics total)
    {
        long submitted = Volatile.Read(ref _submitted);
        long completed = Volatile.Read(ref _completed);
        int deputies;
        lock (_threadsLock)
        {
            deputies = _deputies.Count;
        }

        total = total with
        {
            Backend = Backend,
            Submissions = total.Submissions + submitted,
            Completions = total.Completions + completed,
            InFlight = total.InFlight + Math.Max(0, submitted - completed),
            Overflows = total.Overflows + _ring.Overflows,
            Batches = total.Batches + Volatile.Read(ref _batches),
            SpilledContinuations = total.SpilledContinuations + Volatile.Read(ref _spilled),
            Cancellations = total.Cancellations + Volatile.Read(ref _cancelled),
            CancellationsTooLate = total.CancellationsTooLate + Volatile.Read(ref _cancelledTooLate),
            WakeUps = total.WakeUps + Volatile.Read(ref _wakeUps),
            Takeovers = total.Takeovers + Volatile.Read(ref _takeovers),
            PumpThreads = total.PumpThreads + (Volatile.Read(ref _ended) ? 0 : deputies + 1),
            HasRetreatedToThreadPool = total.HasRetreatedToThreadPool || Volatile.Read(ref _hasRetreated),
        };
    }

    /// <summary>An operation is about to be handed over, and somebody listens.</summary>
    private void BeginTiming(Operation operation)
    {
        if (Volatile.Read(ref _timed) is null)
        {
            long now = Stopwatch.GetTimestamp();
            if (Interlocked.CompareExchange(ref _timed, operation, null) is null)
            {
                Volatile.Write(ref _timedSince, now);
            }
        }
    }

    /// <summary>The leader has taken operations, this among them.</summary>
    private void EndTiming(Operation operation)
    {
        if (ReferenceEquals(operation, Volatile.Read(ref _timed)))
        {
            UringMetrics.RecordQueueDelay(Stopwatch.GetElapsedTime(Volatile.Read(ref _timedSince)));
            Volatile.Write(ref _timed, null);
        }
    }

    private void CountCancellation(Operation operation)
    {
        if (operation.HasEndedEarly)
        {
            _cancelled++;
        }
        else
        {
            _cancelledTooLate++;
        }
    }
}
