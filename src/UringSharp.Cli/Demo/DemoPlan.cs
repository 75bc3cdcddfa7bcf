namespace UringSharp.Cli.Demo;

/// <summary>How much the demo does: the whole, or a short run for tests.</summary>
internal sealed record DemoPlan(bool IsQuick)
{
    internal int PendingFifos { get; } = 1000;

    /// <summary>Few, since FileStream needs a thread for each.</summary>
    internal int FileStreamPendingFifos => IsQuick ? 20 : 50;

    internal TimeSpan PendingTime => TimeSpan.FromSeconds(IsQuick ? 0.2 : 1);

    internal TimeSpan FileStreamPendingTime => TimeSpan.FromSeconds(IsQuick ? 0.5 : 4);

    /// <summary>How long after the cancellation a read that has not ended is said never to end.</summary>
    internal TimeSpan NeverTime => TimeSpan.FromSeconds(IsQuick ? 1 : 5);

    internal int SelectRounds => IsQuick ? 300 : 2000;

    internal TimeSpan FileStreamSelectTime => TimeSpan.FromSeconds(IsQuick ? 2 : 6);

    internal long FileLength => (IsQuick ? 32L : 256L) << 20;

    internal int ThroughputRounds => IsQuick ? 3 : 15;

    internal TimeSpan ThroughputTurn => TimeSpan.FromMilliseconds(IsQuick ? 80 : 150);
}
