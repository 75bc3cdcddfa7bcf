using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench;

/// <summary>What became of the rows of a run.</summary>
/// <param name="Results">Those that were measured.</param>
/// <param name="Skipped">Those that could not be.</param>
internal sealed record BenchOutcome(IReadOnlyList<RowResult> Results, IReadOnlyList<JsonSkip> Skipped);
