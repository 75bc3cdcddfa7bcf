namespace UringSharp.Cli.Bench;

/// <summary>What a row must reach, as ratios to the baseline; none where it is null.</summary>
/// <param name="Ratio">The least ratio of operations or bytes a second; where time is measured, the highest ratio of it.</param>
/// <param name="Processor">The highest ratio of processor time an operation.</param>
/// <param name="CeilingRatio">As <paramref name="Ratio"/>, to the ceiling.</param>
/// <param name="CeilingProcessor">As <paramref name="Processor"/>, likewise.</param>
internal sealed record Bars(double? Ratio = null, double? Processor = null, double? CeilingRatio = null, double? CeilingProcessor = null)
{
    /// <summary>What of the ceiling meets a bar that the ceiling itself does not reach.</summary>
    internal const double ShareOfCeiling = 0.95;

    /// <summary>Whether "as fast as the baseline" is what is asked: such a row shows the baseline against itself.</summary>
    internal bool AskForParity => Ratio is >= 0.9 and <= 1.1;

    /// <summary>The bars in words.</summary>
    internal IEnumerable<string> Describe(Unit unit)
    {
        if (Ratio is { } ratio)
        {
            yield return $"{unit.Sign()} {Figures.Ratio(ratio)}";
        }

        if (Processor is { } processor)
        {
            yield return $"CPU ≤ {Figures.Ratio(processor)}";
        }

        if (CeilingRatio is { } ceilingRatio)
        {
            yield return $"{unit.Sign()} {Figures.Ratio(ceilingRatio)} of C";
        }

        if (CeilingProcessor is { } ceilingProcessor)
        {
            yield return $"CPU ≤ {Figures.Ratio(ceilingProcessor)} of C";
        }
    }
}
