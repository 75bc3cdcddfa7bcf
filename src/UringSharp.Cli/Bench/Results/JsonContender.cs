using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Results;

/// <summary>A contender of a row.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Role">One of the constants.</param>
/// <param name="Figure">In the row's unit.</param>
/// <param name="CpuMicroseconds">Median of processor time an operation; a megabyte where the unit is "MB/s".</param>
/// <param name="AllocBytesPerOp">Median; of plain C, 0.</param>
/// <param name="Threads">The most threads its process had; 0 where that was not looked at.</param>
/// <param name="Ratio">Of the figure to that of whom it is compared with; null where there is none, and of the best baseline.</param>
/// <param name="CpuRatio">Likewise of processor time.</param>
/// <param name="Latencies">How long the operations took that were timed one by one; null where none were.</param>
/// <param name="Findings">What else was found out.</param>
internal sealed record JsonContender(
    string Name,
    string Role,
    JsonSpread Figure,
    double CpuMicroseconds,
    double AllocBytesPerOp,
    int Threads,
    JsonSpread? Ratio,
    JsonSpread? CpuRatio,
    JsonLatencies? Latencies,
    IReadOnlyList<JsonFinding> Findings)
{
    /// <summary>UringSharp.</summary>
    internal const string Ours = "ours";

    /// <summary>The baseline that ratios are to.</summary>
    internal const string Best = "best";

    /// <summary>Another baseline.</summary>
    internal const string Other = "other";

    /// <summary>A baseline measured once more, compared with itself.</summary>
    internal const string Again = "again";

    /// <summary>Plain C.</summary>
    internal const string Ceiling = "ceiling";

    internal static IEnumerable<JsonContender> All(RowResult result)
    {
        yield return Of(result, result.Ours, Ours, result.Baseline);
        foreach (Entrant baseline in result.Baselines)
        {
            bool isBest = ReferenceEquals(baseline, result.Baseline);
            yield return Of(result, baseline, isBest ? Best : Other, isBest ? null : result.Baseline);
        }

        if (result.Again is { } again)
        {
            yield return Of(result, again, Again, result.Repeated);
        }

        if (result.Ceiling is { } ceiling)
        {
            yield return Of(result, ceiling, Ceiling, result.Baseline);
        }
    }

    private static JsonContender Of(RowResult result, Entrant entrant, string role, Entrant? other) => new(
        entrant.Name,
        role,
        JsonSpread.Of(RoundSpread.Of(entrant.Laps.Select(lap => lap.Figure(result.Row.Unit))))!,
        JsonSpread.Round(result.Processor(entrant)),
        JsonSpread.Round(RowResult.Allocated(entrant)),
        entrant.Laps.Max(static lap => lap.Threads),
        JsonSpread.Of(result.FigureRatio(entrant, other)),
        JsonSpread.Of(result.ProcessorRatio(entrant, other)),
        JsonLatencies.Of(entrant.Laps.SelectMany(static lap => lap.Latencies)),
        [.. RowResult.Findings(entrant).DistinctBy(static finding => finding.Name)
            .Select(finding => new JsonFinding(finding.Name, finding.Unit, JsonSpread.Of(RowResult.Finding(entrant, finding.Name))!))]);
}
