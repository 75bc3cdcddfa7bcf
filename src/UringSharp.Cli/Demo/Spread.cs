namespace UringSharp.Cli.Demo;

/// <summary>The median of a few figures and their quartiles, which a single bad round does not move.</summary>
internal readonly record struct Spread(double Median, double LowerQuartile, double UpperQuartile)
{
    internal static Spread Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return new Spread(Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Figures.Ratio(Median)} ({Figures.Ratio(LowerQuartile)} to {Figures.Ratio(UpperQuartile)})";

    private static double Quantile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((position - below) * (above - sorted[below]));
    }
}
