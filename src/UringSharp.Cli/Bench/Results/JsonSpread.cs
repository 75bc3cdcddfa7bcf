namespace UringSharp.Cli.Bench.Results;

/// <summary>A figure over the rounds.</summary>
/// <param name="Median">The median.</param>
/// <param name="Lowest">The lowest.</param>
/// <param name="Highest">The highest.</param>
internal sealed record JsonSpread(double Median, double Lowest, double Highest)
{
    private const int Decimals = 4;

    internal static JsonSpread? Of(in RoundSpread? spread) =>
        spread is { } known ? new JsonSpread(Round(known.Median), Round(known.Lowest), Round(known.Highest)) : null;

    /// <summary>A ratio to nothing, which JSON has no word for, is none.</summary>
    internal static double Round(double figure) => double.IsFinite(figure) ? Math.Round(figure, Decimals) : 0;
}
