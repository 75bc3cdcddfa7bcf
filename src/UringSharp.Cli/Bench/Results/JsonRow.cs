namespace UringSharp.Cli.Bench.Results;

/// <summary>A row as other programs read it.</summary>
/// <param name="Name">The row.</param>
/// <param name="Unit">"ops/s", "MB/s", "µs" or "reads waiting".</param>
/// <param name="Ours">UringSharp's median in that unit.</param>
/// <param name="Baseline">The best baseline's; null, as the ratios are, where .NET has nothing to compare with.</param>
/// <param name="Ceiling">That of plain C.</param>
/// <param name="Ratio">Median over the rounds of ours to the baseline's. Of "µs" less is better, and so is a lower ratio; of all others more.</param>
/// <param name="CpuRatio">The same for processor time an operation.</param>
/// <param name="AllocBytesPerOp">UringSharp's median.</param>
/// <param name="Rounds">Rounds that counted.</param>
/// <param name="Details">What else there is to tell; null in results of old.</param>
/// <param name="Run">Of which run it is, so that rows of several can lie in one list; null likewise.</param>
internal sealed record JsonRow(
    string Name,
    string Unit,
    double Ours,
    double? Baseline,
    double? Ceiling,
    double? Ratio,
    double? CpuRatio,
    double AllocBytesPerOp,
    int Rounds,
    JsonDetails? Details = null,
    JsonRun? Run = null)
{
    /// <summary>Whether less of the unit is better.</summary>
    internal bool IsLowerBetter => Unit == Bench.Unit.Microseconds.Name();

    internal static JsonRow Of(RowResult result, JsonRun? run = null) => new(
        result.Row.Name,
        result.Row.Unit.Name(),
        JsonSpread.Round(result.Figure(result.Ours)),
        result.Baseline is null ? null : JsonSpread.Round(result.Figure(result.Baseline)),
        result.Ceiling is null ? null : JsonSpread.Round(result.Figure(result.Ceiling)),
        result.Ratio is { } ratio ? JsonSpread.Round(ratio.Median) : null,
        result.CpuRatio is { } cpuRatio ? JsonSpread.Round(cpuRatio.Median) : null,
        JsonSpread.Round(RowResult.Allocated(result.Ours)),
        result.Rounds,
        JsonDetails.Of(result),
        run);
}
