namespace UringSharp.Cli.Bench.Results;

/// <summary>A bar, and what became of it.</summary>
/// <param name="Subject">What was to be reached: the unit, or a figure's name.</param>
/// <param name="Reached">What was.</param>
/// <param name="Bar">The bar with its sign.</param>
/// <param name="Verdict">Whether that is enough.</param>
internal sealed record Judgement(string Subject, string Reached, string Bar, Verdict Verdict)
{
    /// <summary>All bars of a row.</summary>
    internal static IEnumerable<Judgement> All(RowResult result) => ToBaseline(result).Concat(Others(result));

    /// <summary>Bars against the ceiling, and those that are no ratios.</summary>
    internal static IEnumerable<Judgement> Others(RowResult result)
    {
        Row row = result.Row;
        if (result.CeilingRatioVerdict is { } ceiling)
        {
            yield return new Judgement($"to C {row.Unit.Name()}", Text(result.OursToCeiling), $"{row.Unit.Sign()} {Figures.Ratio(row.Bars.CeilingRatio!.Value)}", ceiling);
        }

        if (result.CeilingProcessorVerdict is { } processor)
        {
            yield return new Judgement("to C CPU", Text(result.OursToCeilingProcessor), $"≤ {Figures.Ratio(row.Bars.CeilingProcessor!.Value)}", processor);
        }

        foreach (Limit limit in row.Limits)
        {
            yield return new Judgement(limit.Name, Figures.Amount(limit.Figure(result)), $"{limit.Sign} {limit.BarText}", limit.Judge(result));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Subject} {Reached}, bar {Bar}: {Verdict.Text()}";

    private static IEnumerable<Judgement> ToBaseline(RowResult result)
    {
        Row row = result.Row;
        if (result.RatioVerdict is { } ratio)
        {
            yield return new Judgement(row.Unit.Name(), Text(result.Ratio), $"{row.Unit.Sign()} {Figures.Ratio(row.Bars.Ratio!.Value)}", ratio);
        }

        if (result.ProcessorVerdict is { } processor)
        {
            yield return new Judgement("CPU", Text(result.CpuRatio), $"≤ {Figures.Ratio(row.Bars.Processor!.Value)}", processor);
        }
    }

    private static string Text(in RoundSpread? spread) => Figures.Ratio(spread!.Value.Median);
}
