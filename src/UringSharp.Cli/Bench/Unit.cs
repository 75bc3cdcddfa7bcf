namespace UringSharp.Cli.Bench;

/// <summary>What a row counts.</summary>
internal enum Unit
{
    OperationsPerSecond,
    MegabytesPerSecond,

    /// <summary>How long an operation takes: the one figure of which less is better, and so is a lower ratio.</summary>
    Microseconds,

    /// <summary>Reads that wait at the same time.</summary>
    WaitingReads,
}
