using System.Diagnostics;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Results;

/// <summary>What came out of a row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Ours">UringSharp.</param>
/// <param name="Baselines">What .NET has.</param>
/// <param name="Again">One of the baselines once more, where the row asks for parity: as far as its ratio to itself is from 1, as far may the others be off.</param>
/// <param name="Ceiling">Plain C, where there is such a thing.</param>
internal sealed record RowResult(Row Row, Entrant Ours, IReadOnlyList<Entrant> Baselines, Entrant? Again, Entrant? Ceiling)
{
    private const double TailShare = 0.999;

    /// <summary>The fastest baseline, by its median: who is compared with.</summary>
    internal Entrant Baseline { get; } = Baselines.MaxBy(baseline => RoundSpread.Of(baseline.Laps.Select(lap => lap.Rate(Row.Unit))).Median)!;

    internal int Rounds => Ours.Laps.Count;

    internal RoundSpread Ratio => RateRatio(Ours, Baseline);

    internal RoundSpread CpuRatio => ProcessorRatio(Ours, Baseline);

    internal RoundSpread? OursToCeiling => Ceiling is null ? null : RateRatio(Ours, Ceiling);

    internal RoundSpread? OursToCeilingProcessor => Ceiling is null ? null : ProcessorRatio(Ours, Ceiling);

    internal RoundSpread? CeilingToBaseline => Ceiling is null ? null : RateRatio(Ceiling, Baseline);

    internal Verdict RateVerdict => Verdicts.OfRate(Row.Bars.Rate, Ratio.Median, CeilingToBaseline?.Median, OursToCeiling?.Median);

    internal Verdict ProcessorVerdict => Verdicts.OfProcessor(Row.Bars.Processor, CpuRatio.Median);

    /// <summary>A bar against the ceiling, where the row has one.</summary>
    internal Verdict? CeilingRateVerdict =>
        Row.Bars.CeilingRate is { } bar && OursToCeiling is { } ratio ? Verdicts.OfRate(bar, ratio.Median, null, null) : null;

    /// <summary>Likewise for processor time.</summary>
    internal Verdict? CeilingProcessorVerdict =>
        Row.Bars.CeilingProcessor is { } bar && OursToCeilingProcessor is { } ratio ? Verdicts.OfProcessor(bar, ratio.Median) : null;

    /// <summary>The baseline that was measured twice.</summary>
    internal Entrant? Repeated => Again is null ? null : Baselines.First(baseline => ReferenceEquals(baseline.Contender, Again.Contender));

    /// <summary>Median of operations or megabytes a second.</summary>
    internal double Rate(Entrant entrant) => RoundSpread.Of(entrant.Laps.Select(lap => lap.Rate(Row.Unit))).Median;

    /// <summary>Ratios of operations or megabytes a second, round by round.</summary>
    internal RoundSpread RateRatio(Entrant entrant, Entrant other) =>
        RoundSpread.Of(entrant.Laps.Zip(other.Laps, (one, two) => one.Rate(Row.Unit) / two.Rate(Row.Unit)));

    /// <summary>Ratios of processor time an operation or a megabyte, round by round.</summary>
    internal RoundSpread ProcessorRatio(Entrant entrant, Entrant other) => RoundSpread.Of(
        entrant.Laps.Zip(other.Laps, (one, two) => one.ProcessorMicroseconds(Row.Unit) / two.ProcessorMicroseconds(Row.Unit)));

    /// <summary>Median of processor time an operation or a megabyte, in microseconds.</summary>
    internal double Processor(Entrant entrant) => RoundSpread.Of(entrant.Laps.Select(lap => lap.ProcessorMicroseconds(Row.Unit))).Median;

    /// <summary>Median of bytes allocated an operation.</summary>
    internal static double Allocated(Entrant entrant) => RoundSpread.Of(entrant.Laps.Select(static lap => lap.AllocatedPerOperation)).Median;

    /// <summary>What 99.9 % of the watched operations of all rounds stayed below; null where none were watched.</summary>
    internal static TimeSpan? Tail(Entrant entrant)
    {
        long[] ticks = [.. entrant.Laps.SelectMany(static lap => lap.Latencies).Order()];
        return ticks.Length == 0 ? null : TimeSpan.FromSeconds((double)ticks[(int)Math.Min(ticks.Length - 1, ticks.Length * TailShare)] / Stopwatch.Frequency);
    }
}
