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
            $"UringSharp on Linux {UringSupport.Current.KernelVersion}, {Figures.Count(Environment.ProcessorCount, "processor")}, {Backend()}{where}, "
            + $"load {SystemLoad.Text}");
        report.Text($"{Figures.Count(plan.Rounds, "round")} of {Figures.Time(plan.Lap)} for each contender, in turn, after one that does not count. Ratios are medians over "
            + "the rounds (lowest to highest), to the fastest of what .NET has. CPU: user and system time of the whole process, kernel workers included. A/A: the "
            + "baseline against itself; as far as its ratio is from 1.00, as far may the others be off. C: the same work in plain C. Of times (µs) less is better, and so "
            + "is a lower ratio.");
        if (UringSupport.Current.UnavailableReason is { } reason)
        {
            report.Text($"io_uring is not available: the portable backend is measured, which takes its place. {reason}");
        }

        if (SystemLoad.IsHigh)
        {
            report.Text($"WARNING: the load of this machine is {SystemLoad.Text}; others are using it, and these figures will show it.");
        }
    }

    private static string Backend() => MachineBackend.Current == MachineBackend.Portable ? "portable backend, " : "";

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
        string processor = result.Row.Unit == Unit.MegabytesPerSecond ? "CPU µs/MB" : "CPU µs/op";
        string tail = result.Row.Unit == Unit.Microseconds ? "99.9 %" : "99.9 % of who only reads";
        string[] headers = ["", result.Row.Unit.Name(), processor, "B/op", "threads", "ratio", "CPU ratio", tail];
        int columns = hasTail ? headers.Length : headers.Length - 1;
        report.Table(headers[..columns], [.. lines.Select(line => line[..columns])]);
        foreach (Entrant entrant in result.Baselines.Prepend(result.Ours))
        {
            ShowFindings(report, entrant);
        }

        report.Text(string.Join("; ", Judgement.All(result)));
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
        bool haveOthers = results.Any(static result => Judgement.Others(result).Any());
        string[] headers = ["row", "unit", "UringSharp", "baseline", "C", "ratio", "bar", "CPU ratio", "bar", "other bars"];
        int columns = haveOthers ? headers.Length : headers.Length - 1;
        report.Table(headers[..columns], [.. results.Select(result => SummaryLine(result)[..columns])]);
        int met = results.Count(static result => result.MeetsItsBars);
        report.Text($"{Figures.Count(met)} of {Figures.Count(results.Count, "row")} met their bars. A missed bar is information: a busy machine misses any of them.");
    }

    private static string[] SummaryLine(RowResult result)
    {
        Bars bars = result.Row.Bars;
        return
        [
            result.Row.Name,
            result.Row.Unit.Name(),
            Figure(result, result.Ours),
            result.Baseline is { } baseline ? $"{Figure(result, baseline)} {baseline.Name}" : None,
            result.Ceiling is { } ceiling ? Figure(result, ceiling) : None,
            result.Ratio?.ToString() ?? None,
            result.RatioVerdict is { } ratio ? $"{result.Row.Unit.Sign()} {Figures.Ratio(bars.Ratio!.Value)} {ratio.Text()}" : None,
            result.CpuRatio?.ToString() ?? None,
            result.ProcessorVerdict is { } processor ? $"≤ {Figures.Ratio(bars.Processor!.Value)} {processor.Text()}" : None,
            string.Join("; ", Judgement.Others(result)),
        ];
    }

    private static string[] Line(RowResult result, Entrant entrant, string name, Entrant? other) =>
    [
        name,
        Figure(result, entrant),
        Figures.Ratio(result.Processor(entrant)),
        ReferenceEquals(entrant, result.Ceiling) ? None : Figures.Amount(RowResult.Allocated(entrant)),
        entrant.Laps.Max(static lap => lap.Threads) is > 0 and int threads ? Figures.Count(threads) : None,
        result.FigureRatio(entrant, other)?.ToString() ?? string.Empty,
        result.ProcessorRatio(entrant, other)?.ToString() ?? string.Empty,
        RowResult.Tail(entrant) is { } tail ? Figures.Time(tail) : string.Empty,
    ];

    private static void ShowFindings(Report report, Entrant entrant)
    {
        string[] findings =
        [
            .. RowResult.Findings(entrant).DistinctBy(static finding => finding.Name).Select(finding => Show(finding, RowResult.Finding(entrant, finding.Name)!.Value)),
        ];
        if (findings.Length > 0)
        {
            report.Text($"{entrant.Name}: {string.Join("; ", findings)}");
        }
    }

    private static string Show(Finding finding, in RoundSpread values)
    {
        string range = values.Lowest < values.Highest ? $" ({Figures.Amount(values.Lowest)} to {Figures.Amount(values.Highest)})" : string.Empty;
        return $"{finding.Name} {Figures.Amount(values.Median)}{range} {finding.Unit}".TrimEnd();
    }

    private static string Figure(RowResult result, Entrant entrant) =>
        result.Row.Unit == Unit.Microseconds ? Figures.Amount(result.Figure(entrant)) : Figures.Count((long)result.Figure(entrant));
}
