namespace UringSharp.Cli.Bench.Results;

/// <summary>Judges ratios by bars.</summary>
internal static class Verdicts
{
    /// <summary>Judges a ratio that should be high.</summary>
    /// <param name="bar">What it should reach.</param>
    /// <param name="ratio">Ours to the baseline.</param>
    /// <param name="ceilingToBaseline">What plain C reaches; null where that was not measured.</param>
    /// <param name="oursToCeiling">Ours to plain C, likewise.</param>
    internal static Verdict OfRate(double bar, double ratio, double? ceilingToBaseline, double? oursToCeiling) =>
        ratio >= bar ? Verdict.Met
        : ceilingToBaseline < bar && oursToCeiling >= Bars.ShareOfCeiling ? Verdict.MetAsShareOfCeiling
        : Verdict.Missed;

    /// <summary>Judges a ratio of times, which should be low, likewise.</summary>
    internal static Verdict OfTime(double bar, double ratio, double? ceilingToBaseline, double? oursToCeiling) =>
        OfRate(1 / bar, 1 / ratio, 1 / ceilingToBaseline, 1 / oursToCeiling);

    /// <summary>Judges a ratio that should be low, whatever the ceiling does.</summary>
    internal static Verdict OfProcessor(double bar, double ratio) => ratio <= bar ? Verdict.Met : Verdict.Missed;

    internal static string Text(this Verdict verdict) => verdict switch
    {
        Verdict.Met => "met",
        Verdict.MetAsShareOfCeiling => $"met: {Figures.Ratio(Bars.ShareOfCeiling)} of the ceiling",
        _ => "missed",
    };
}
