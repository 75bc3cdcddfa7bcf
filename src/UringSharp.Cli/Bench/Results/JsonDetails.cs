namespace UringSharp.Cli.Bench.Results;

/// <summary>What there is to tell of a row beyond its medians.</summary>
/// <param name="Description">What was done.</param>
/// <param name="Ratio">See <see cref="JsonRow"/>.</param>
/// <param name="CpuRatio">Likewise.</param>
/// <param name="AgainRatio">The baseline against itself, where the row asks for parity: as far as that is from 1, as far may the other ratios be off.</param>
/// <param name="Verdicts">Its bars.</param>
/// <param name="Contenders">Everybody: UringSharp, the baselines, the baseline again, plain C.</param>
/// <param name="WhyNotFaster">Why it may not be faster than the baseline; null where no reason is known.</param>
internal sealed record JsonDetails(
    string Description,
    JsonSpread? Ratio,
    JsonSpread? CpuRatio,
    JsonSpread? AgainRatio,
    IReadOnlyList<JsonVerdict> Verdicts,
    IReadOnlyList<JsonContender> Contenders,
    string? WhyNotFaster = null)
{
    internal static JsonDetails Of(RowResult result) => new(
        result.Row.Description,
        JsonSpread.Of(result.Ratio),
        JsonSpread.Of(result.CpuRatio),
        result.Again is { } repeated ? JsonSpread.Of(result.FigureRatio(repeated, result.Repeated)) : null,
        [.. Judgement.All(result).Select(static one => new JsonVerdict(one.Subject, one.Reached, one.Bar, one.Verdict.Text(), one.Verdict != Verdict.Missed))],
        [.. JsonContender.All(result)],
        result.Row.WhyNotFaster);
}
