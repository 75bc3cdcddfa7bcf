namespace UringSharp.Cli.Demo;

/// <summary>What was measured.</summary>
internal sealed record SelectLoopResult(
    int Rounds,
    TimeSpan Time,
    long Sent,
    long Received,
    long OutOfPlace,
    int Cancelled,
    int DeliveredAfterCancel,
    int Abandoned,
    int Swallowed,
    TimeSpan LongestCancel,
    TimeSpan LongestRound,
    ThreadCensus Before,
    ThreadCensus Peak);
