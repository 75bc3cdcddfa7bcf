using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Bench;

/// <summary>Shows results to people.</summary>
internal static class BenchReport
{
    private const string None = "-";

    /// <summary>Shows on what machine this is, and what may disturb.</summary>
    internal static void ShowMachine(Report report, BenchPlaces places, BenchPlan plan)
    {
        string where = places.Place is { } place ? $"files in {place.Folder} ({place.FileSystem})" : "no folder for files";
        report.Heading(
            $"UringSharp on Linux {UringSupport.Current.KernelVersion}, {Figures.Count(Environment.ProcessorCount, "processor")}, {where}, "
            + $"load {SystemLoad.Text}");
        report.Text($"{Figures.Count(plan.Rounds, "round")} of {Figures.Time(plan.Lap)} for each contender, in turn, after one that does not count. Ratios are medians over "
            + "the rounds (lowest to highest), to the fastest of what .NET has. CPU: user and system time of the whole process, kernel workers included. A/A: the "
            + "baseline against itself; as far as its ratio is from 1.00, as far may the others be off. C: the same work in plain C.");
        if (SystemLoad.IsHigh)
        {
            report.Text($"WARNING: the load of this machine is {SystemLoad.Text}; others are using it, and these figures will show it.");
        }
    }

    /// <summary>Shows one row.</summary>
    internal static void Show(Report report, RowResult result)
    {
        List<string[]> lines = [Line(result, result.Ours, result.Ours.Name, result.Baseline)];
        lines.AddRange(result.Baselines.Select(baseline =>
            Line(result, baseline, baseline.Name, ReferenceEquals(baseline, result.Baseline) ? null : result.Baseline)));
        if (result.Again is { } again)
        {
            lines.Add(Line(result, again, $"A/A: {again.Name} again", result.Repeated));
        }

        if (result.Ceiling is { } ceiling)
        {
            lines.Add(Line(result, ceiling, ceiling.Name, result.Baseline));
        }

        bool hasTail = RowResult.Tail(result.Ours) is not null;
        string[] headers = ["", result.Row.Unit.Name(), result.Row.Unit == Unit.OperationsPerSecond ? "CPU µs/op" : "CPU µs/MB", "B/op", "threads", "ratio", "CPU ratio", "99.9 % of who only reads"];
        int columns = hasTail ? headers.Length : headers.Length - 1;
        report.Table(headers[..columns], [.. lines.Select(line => line[..columns])]);
        report.Text(string.Join("; ", Judgements(result)));
    }

    /// <summary>Shows all rows in one table.</summary>
    internal static void ShowSummary(Report report, IReadOnlyList<RowResult> results)
    {
        if (results.Count == 0)
        {
            report.Heading("No row was measured.");
            return;
        }

        report.Heading("Summary");
        report.Table(
            ["row", "unit", "UringSharp", "baseline", "C", "ratio", "bar", "CPU ratio", "bar"],
            [.. results.Select(static result => (IReadOnlyList<string>)
            [
                result.Row.Name,
                result.Row.Unit.Name(),
                Rate(result, result.Ours),
                $"{Rate(result, result.Baseline)} {result.Baseline.Name}",
                result.Ceiling is { } ceiling ? Rate(result, ceiling) : None,
                result.Ratio.ToString(),
                $"≥ {Figures.Ratio(result.Row.Bars.Rate)} {result.RateVerdict.Text()}",
                result.CpuRatio.ToString(),
                $"≤ {Figures.Ratio(result.Row.Bars.Processor)} {result.ProcessorVerdict.Text()}",
            ])]);
        int met = results.Count(static result => result is { RateVerdict: not Verdict.Missed, ProcessorVerdict: not Verdict.Missed });
        report.Text($"{Figures.Count(met)} of {Figures.Count(results.Count, "row")} met their bars. A missed bar is information: a busy machine misses any of them.");
    }

    private static string[] Line(RowResult result, Entrant entrant, string name, Entrant? other) =>
    [
        name,
        Rate(result, entrant),
        Figures.Ratio(result.Processor(entrant)),
        ReferenceEquals(entrant, result.Ceiling) ? None : Figures.Amount(RowResult.Allocated(entrant)),
        entrant.Laps.Max(static lap => lap.Threads) is > 0 and int threads ? Figures.Count(threads) : None,
        other is null ? string.Empty : result.RateRatio(entrant, other).ToString(),
        other is null ? string.Empty : result.ProcessorRatio(entrant, other).ToString(),
        RowResult.Tail(entrant) is { } tail ? Figures.Time(tail) : string.Empty,
    ];

    private static IEnumerable<string> Judgements(RowResult result)
    {
        Bars bars = result.Row.Bars;
        string rate = result.Row.Unit.Name();
        yield return $"{rate} {Figures.Ratio(result.Ratio.Median)}, bar ≥ {Figures.Ratio(bars.Rate)}: {result.RateVerdict.Text()}";
        yield return $"CPU {Figures.Ratio(result.CpuRatio.Median)}, bar ≤ {Figures.Ratio(bars.Processor)}: {result.ProcessorVerdict.Text()}";
        if (result.CeilingRateVerdict is { } ceiling)
        {
            yield return $"to C {rate} {Figures.Ratio(result.OursToCeiling!.Value.Median)}, bar ≥ {Figures.Ratio(bars.CeilingRate!.Value)}: {ceiling.Text()}";
        }

        if (result.CeilingProcessorVerdict is { } processor)
        {
            yield return $"to C CPU {Figures.Ratio(result.OursToCeilingProcessor!.Value.Median)}, bar ≤ {Figures.Ratio(bars.CeilingProcessor!.Value)}: {processor.Text()}";
        }
    }

    private static string Rate(RowResult result, Entrant entrant) => Figures.Count((long)result.Rate(entrant));
}
