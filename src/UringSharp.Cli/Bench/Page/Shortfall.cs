using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Page;

/// <summary>A row in which UringSharp is not faster, takes more processor time, or misses a bar.</summary>
/// <param name="Row">The row.</param>
/// <param name="What">In what it falls short.</param>
/// <param name="Reasons">What is known about the reason; empty where nothing is.</param>
internal sealed record Shortfall(JsonRow Row, IReadOnlyList<string> What, IReadOnlyList<string> Reasons)
{
    /// <summary>What is shown as 1.00 is as good as the baseline.</summary>
    private const double LeastToTell = 0.995;

    private const double MostNotToTell = 1.005;
    private const double LittleToGain = 1.1;

    /// <summary>Of all rows, in their order.</summary>
    internal static IReadOnlyList<Shortfall> Of(IReadOnlyList<JsonRow> rows) => [.. rows.Select(Of).Where(static one => one.What.Count > 0)];

    private static Shortfall Of(JsonRow row)
    {
        List<string> what = [];
        JsonSpread? faster = PageCharts.Faster(row);
        if (faster is { Median: < LeastToTell })
        {
            what.Add(row.IsLowerBetter
                ? $"takes {Figures.Ratio(1 / faster.Median)} of the time of the best of .NET"
                : $"{Figures.Ratio(faster.Median)} of the {row.Unit} of the best of .NET");
        }

        if (row.CpuRatio is > MostNotToTell)
        {
            what.Add($"{Figures.Ratio(row.CpuRatio.Value)} of its CPU time");
        }

        what.AddRange((row.Details?.Verdicts ?? []).Where(static one => !one.IsMet).Select(static one => $"misses its bar: {one.Subject} {one.Reached}, bar {one.Bar.Replace(' ', '\u00a0')}"));
        return new Shortfall(row, what, [.. Explain(row, faster)]);
    }

    private static IEnumerable<string> Explain(JsonRow row, JsonSpread? faster)
    {
        if (row.Details?.AgainRatio is { } again && faster is { Median: < 1 } && faster.Median >= Math.Min(again.Lowest, 1 / again.Highest))
        {
            yield return $"The baseline, measured twice, differs from itself as much ({Figures.Ratio(again.Lowest)} to {Figures.Ratio(again.Highest)}): noise would explain it.";
        }
        else if (faster is { Median: < 1, Highest: >= 1 })
        {
            yield return $"Not in every round: {Figures.Ratio(faster.Lowest)} to {Figures.Ratio(faster.Highest)}.";
        }

        if (row is { Ceiling: > 0, Baseline: > 0, IsLowerBetter: false } && row.Ceiling / row.Baseline < LittleToGain)
        {
            yield return $"There is little to be gained: plain C itself has {Figures.Ratio(row.Ceiling.Value / row.Baseline.Value)} of the best of .NET.";
        }

        if (row.Run?.Backend == MachineBackend.Portable)
        {
            yield return "The portable backend has no ring: what may block goes to a pool of threads, as FileStream's does.";
        }
        else if (row.Details?.WhyNotFaster is { } reason)
        {
            yield return reason;
        }
    }
}
