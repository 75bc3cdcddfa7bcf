namespace UringSharp.Cli.Bench;

/// <summary>How much the benchmark does.</summary>
/// <param name="Rounds">Rounds that count; one more, before them, warms up.</param>
/// <param name="Lap">How long a contender runs in a round, where its work has no end of its own.</param>
/// <param name="FileLength">Bytes of a large file. The number of small ones goes with it.</param>
/// <param name="RowLimit">After that time a row begins no more rounds beyond <see cref="FewestRounds"/>: on a slow disk fewer must do.</param>
internal sealed record BenchPlan(int Rounds, TimeSpan Lap, long FileLength, TimeSpan RowLimit)
{
    /// <summary>Less than that has no median worth the name.</summary>
    internal const int FewestRounds = 3;

    private const long DefaultFileLength = 1 << 30;
    private const int DefaultSmallFiles = 10_000;
    private const int FewestSmallFiles = 100;
    private const long DefaultStreamLength = 64 << 20;

    /// <summary>Time enough for the compiler to see what is hot.</summary>
    private static readonly TimeSpan s_shortestWarmUp = TimeSpan.FromMilliseconds(400);

    /// <summary>The whole, in about half an hour.</summary>
    internal static BenchPlan Whole { get; } = new(Rounds: 9, TimeSpan.FromMilliseconds(600), DefaultFileLength, RowLimit: TimeSpan.FromMinutes(2));

    /// <summary>Ends within ten minutes.</summary>
    internal static BenchPlan Quick { get; } = new(Rounds: 5, TimeSpan.FromMilliseconds(200), DefaultFileLength, RowLimit: TimeSpan.FromSeconds(20));

    /// <summary>How long a contender runs in the round that does not count.</summary>
    internal TimeSpan WarmUp => FileLength < DefaultFileLength || Lap > s_shortestWarmUp ? Lap : s_shortestWarmUp;

    /// <summary>Whether there is a round that does not count.</summary>
    internal bool WarmsUp { get; init; } = true;

    /// <summary>Between laps: the pool's threads spin for a while after their last work.</summary>
    internal TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(30);

    internal int SmallFiles => (int)Math.Clamp(DefaultSmallFiles * FileLength / DefaultFileLength, FewestSmallFiles, DefaultSmallFiles);

    /// <summary>Named pipes where there are to be very many.</summary>
    internal int Pipes => SmallFiles;

    /// <summary>Bytes that are written to a stream.</summary>
    internal long StreamLength => Math.Min(DefaultStreamLength, FileLength);
}
