using System.Text.Json.Serialization;

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
internal sealed record JsonRow(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("ours")] double Ours,
    [property: JsonPropertyName("baseline")] double? Baseline,
    [property: JsonPropertyName("ceiling")] double? Ceiling,
    [property: JsonPropertyName("ratio")] double? Ratio,
    [property: JsonPropertyName("cpu_ratio")] double? CpuRatio,
    [property: JsonPropertyName("alloc_bytes_per_op")] double AllocBytesPerOp,
    [property: JsonPropertyName("rounds")] int Rounds)
{
    private const int Decimals = 4;

    internal static JsonRow Of(RowResult result) => new(
        result.Row.Name,
        result.Row.Unit.Name(),
        Round(result.Figure(result.Ours)),
        result.Baseline is null ? null : Round(result.Figure(result.Baseline)),
        result.Ceiling is null ? null : Round(result.Figure(result.Ceiling)),
        result.Ratio is { } ratio ? Round(ratio.Median) : null,
        result.CpuRatio is { } cpuRatio ? Round(cpuRatio.Median) : null,
        Round(RowResult.Allocated(result.Ours)),
        result.Rounds);

    /// <summary>A ratio to nothing, which JSON has no word for, is none.</summary>
    private static double Round(double figure) => double.IsFinite(figure) ? Math.Round(figure, Decimals) : 0;
}
