namespace UringSharp.Cli.Bench.Results;

/// <summary>A figure over the rounds: its median, and how far the rounds lie apart.</summary>
internal readonly record struct RoundSpread(double Median, double Lowest, double Highest)
{
    internal static RoundSpread Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new RoundSpread(median, sorted[0], sorted[^1]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Figures.Ratio(Median)} ({Figures.Ratio(Lowest)} to {Figures.Ratio(Highest)})";
}
