using System.Diagnostics;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Results;

/// <summary>What came out of a row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Ours">UringSharp.</param>
/// <param name="Baselines">What .NET has; empty where it has nothing.</param>
/// <param name="Again">One of the baselines once more, where the row asks for parity: as far as its ratio to itself is from 1, as far may the others be off.</param>
/// <param name="Ceiling">Plain C, where there is such a thing.</param>
internal sealed record RowResult(Row Row, Entrant Ours, IReadOnlyList<Entrant> Baselines, Entrant? Again, Entrant? Ceiling)
{
    private const double TailShare = 0.999;

    /// <summary>The best baseline, by its median: who is compared with.</summary>
    internal Entrant? Baseline { get; } = Baselines.Count == 0
        ? null
        : Row.Unit.Best(Baselines, baseline => RoundSpread.Of(baseline.Laps.Select(lap => lap.Figure(Row.Unit))).Median);

    internal int Rounds => Ours.Laps.Count;

    internal RoundSpread? Ratio => FigureRatio(Ours, Baseline);

    internal RoundSpread? CpuRatio => ProcessorRatio(Ours, Baseline);

    internal RoundSpread? OursToCeiling => FigureRatio(Ours, Ceiling);

    internal RoundSpread? OursToCeilingProcessor => ProcessorRatio(Ours, Ceiling);

    internal RoundSpread? CeilingToBaseline => Ceiling is null ? null : FigureRatio(Ceiling, Baseline);

    /// <summary>What became of the bar for the ratio to the baseline; null where there is none, as below.</summary>
    internal Verdict? RatioVerdict => JudgeRatio(Row.Bars.Ratio, Ratio, CeilingToBaseline, OursToCeiling);

    internal Verdict? ProcessorVerdict => JudgeProcessor(Row.Bars.Processor, CpuRatio);

    /// <summary>A bar against the ceiling, where the row has one.</summary>
    internal Verdict? CeilingRatioVerdict => JudgeRatio(Row.Bars.CeilingRatio, OursToCeiling);

    /// <summary>Likewise for processor time.</summary>
    internal Verdict? CeilingProcessorVerdict => JudgeProcessor(Row.Bars.CeilingProcessor, OursToCeilingProcessor);

    /// <summary>Whether no bar was missed.</summary>
    internal bool MeetsItsBars =>
        RatioVerdict is not Verdict.Missed && ProcessorVerdict is not Verdict.Missed
        && CeilingRatioVerdict is not Verdict.Missed && CeilingProcessorVerdict is not Verdict.Missed
        && Row.Limits.All(limit => limit.Judge(this) is not Verdict.Missed);

    /// <summary>The baseline that was measured twice.</summary>
    internal Entrant? Repeated => Again is null ? null : Baselines.First(baseline => ReferenceEquals(baseline.Contender, Again.Contender));

    /// <summary>Median of the figure in the row's unit.</summary>
    internal double Figure(Entrant entrant) => RoundSpread.Of(entrant.Laps.Select(lap => lap.Figure(Row.Unit))).Median;

    /// <summary>Ratios of figures in the row's unit, round by round; null without the other.</summary>
    internal RoundSpread? FigureRatio(Entrant entrant, Entrant? other) =>
        other is null ? null : RoundSpread.Of(entrant.Laps.Zip(other.Laps, (one, two) => one.Figure(Row.Unit) / two.Figure(Row.Unit)));

    /// <summary>Ratios of processor time an operation or a megabyte, round by round; null without the other.</summary>
    internal RoundSpread? ProcessorRatio(Entrant entrant, Entrant? other) => other is null ? null : RoundSpread.Of(
        entrant.Laps.Zip(other.Laps, (one, two) => one.ProcessorMicroseconds(Row.Unit) / two.ProcessorMicroseconds(Row.Unit)));

    /// <summary>Median of processor time an operation or a megabyte, in microseconds.</summary>
    internal double Processor(Entrant entrant) => RoundSpread.Of(entrant.Laps.Select(lap => lap.ProcessorMicroseconds(Row.Unit))).Median;

    /// <summary>Median of bytes allocated an operation.</summary>
    internal static double Allocated(Entrant entrant) => RoundSpread.Of(entrant.Laps.Select(static lap => lap.AllocatedPerOperation)).Median;

    /// <summary>A finding over the rounds; null where no lap has made it.</summary>
    internal static RoundSpread? Finding(Entrant entrant, string name)
    {
        double[] values = [.. Findings(entrant).Where(finding => finding.Name == name).Select(static finding => finding.Value)];
        return values.Length == 0 ? null : RoundSpread.Of(values);
    }

    /// <summary>All findings of all rounds.</summary>
    internal static IEnumerable<Finding> Findings(Entrant entrant) => entrant.Laps.SelectMany(static lap => lap.Findings ?? []);

    /// <summary>What 99.9 % of the watched operations of all rounds stayed below; null where none were watched.</summary>
    internal static TimeSpan? Tail(Entrant entrant)
    {
        long[] ticks = [.. entrant.Laps.SelectMany(static lap => lap.Latencies).Order()];
        return ticks.Length == 0 ? null : TimeSpan.FromSeconds((double)ticks[(int)Math.Min(ticks.Length - 1, ticks.Length * TailShare)] / Stopwatch.Frequency);
    }

    private Verdict? JudgeRatio(double? bar, RoundSpread? ratio, RoundSpread? ceilingToBaseline = null, RoundSpread? oursToCeiling = null)
    {
        if (bar is not { } asked || ratio is not { } reached)
        {
            return null;
        }

        return Row.Unit.IsLowerBetter()
            ? Verdicts.OfTime(asked, reached.Median, ceilingToBaseline?.Median, oursToCeiling?.Median)
            : Verdicts.OfRate(asked, reached.Median, ceilingToBaseline?.Median, oursToCeiling?.Median);
    }

    private static Verdict? JudgeProcessor(double? bar, RoundSpread? ratio) =>
        bar is { } asked && ratio is { } reached ? Verdicts.OfProcessor(asked, reached.Median) : null;
}
