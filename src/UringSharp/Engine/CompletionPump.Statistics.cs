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
            Submissions = total.Submissions + submitted,
            Completions = total.Completions + completed,
            InFlight = total.InFlight + Math.Max(0, submitted - completed),
            Batches = total.Batches + Volatile.Read(ref _batches),
            SpilledContinuations = total.SpilledContinuations + Volatile.Read(ref _spilled),
            WakeUps = total.WakeUps + Volatile.Read(ref _wakeUps),
            Takeovers = total.Takeovers + Volatile.Read(ref _takeovers),
            PumpThreads = total.PumpThreads + (Volatile.Read(ref _ended) ? 0 : deputies + 1),
            HasRetreatedToThreadPool = total.HasRetreatedToThreadPool || Volatile.Read(ref _hasRetreated),
        };
    }
}
