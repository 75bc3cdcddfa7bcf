namespace UringSharp.Cli.Bench.Results;

/// <summary>A run of the benchmark: when, on what, and how.</summary>
/// <param name="Date">When it began.</param>
/// <param name="Version">Of the tool.</param>
/// <param name="Plan">"quick" or "whole".</param>
/// <param name="Rounds">Rounds that were to count.</param>
/// <param name="LapMilliseconds">How long each contender ran in each.</param>
/// <param name="FileMebibytes">The large file.</param>
/// <param name="RowLimitSeconds">After that time a row had to do with fewer rounds.</param>
/// <param name="Rows">Which rows were asked for; null for all.</param>
/// <param name="Backend">"io_uring" or "portable".</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Disk">Where its files were; null where none could be made.</param>
/// <param name="Load">Of the machine, before: over 1, 5 and 15 minutes.</param>
/// <param name="Variables">Variables of the environment that change how the library or the runtime works.</param>
/// <param name="Skipped">Rows that were not measured.</param>
internal sealed record JsonRun(
    DateTimeOffset Date,
    string Version,
    string Plan,
    int Rounds,
    double LapMilliseconds,
    long FileMebibytes,
    double RowLimitSeconds,
    string? Rows,
    string Backend,
    JsonMachine Machine,
    JsonDisk? Disk,
    string Load,
    IReadOnlyList<string> Variables,
    IReadOnlyList<JsonSkip> Skipped);
