namespace UringSharp.Cli.Demo;

/// <summary>What was measured.</summary>
internal sealed record PendingReadsResult(
    ThreadCensus Before,
    ThreadCensus Pending,
    ThreadCensus After,
    bool AllWaitedInKernel,
    TimeSpan TimerDelay,
    TimeSpan LastEnd,
    int NeverEnded,
    int NeverEndedAfterDispose,
    int WithCallersToken,
    bool RingLeft);
