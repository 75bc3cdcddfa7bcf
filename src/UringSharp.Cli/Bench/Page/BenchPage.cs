using System.Globalization;
using System.Reflection;
using System.Text.Json;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Page;

/// <summary>A page of results: one file that needs nothing else, no network and no server.</summary>
internal sealed class BenchPage
{
    private const string None = "–";
    private const string Number = "number";
    private static readonly string[] s_numbers = ["UringSharp", "best of .NET", "C", "ratio", "CPU ratio", "A/A", "B/op", "CPU µs/op", "CPU µs/MB", "threads", .. Enum.GetValues<Unit>().Select(static unit => unit.Name())];

    private readonly IReadOnlyList<JsonRow> _rows;
    private readonly JsonRun? _run;
    private readonly Html _html = new();
    private readonly List<PageChart> _charts = [];

    private BenchPage(IReadOnlyList<JsonRow> rows, JsonRun? run)
    {
        _rows = rows;
        _run = run;
    }

    /// <summary>Makes the page.</summary>
    /// <param name="rows">The results.</param>
    /// <param name="run">The run; null for that of the rows, of which those of old have none.</param>
    internal static string Render(IReadOnlyList<JsonRow> rows, JsonRun? run = null)
    {
        BenchPage page = new(rows, run ?? rows.FirstOrDefault(static row => row.Run is not null)?.Run);
        page.Write();
        return page._html.ToString();
    }

    private void Write()
    {
        // The policy says it to the browser: nothing is fetched, from nowhere.
        _html.Raw("""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>UringSharp: benchmark</title>
            <style>

            """);
        _html.Raw(Resource("page.css")).Raw("</style>\n</head>\n<body>\n<main>\n");
        WriteHead();
        WriteCharts();
        WriteShortfalls();
        WriteTable();
        WriteContenders();
        WriteRun();
        _html.Raw("</main>\n");
        WriteScripts();
        _html.Raw("</body>\n</html>\n");
    }

    private void WriteHead()
    {
        int judged = _rows.Count(static row => row.Details is { Verdicts.Count: > 0 });
        int met = _rows.Count(IsMet);
        _html.Raw("<header>\n").Element("h1", "UringSharp, measured");
        if (_run is { } run)
        {
            _html.Element("p", $"{Date(run)} · Linux {run.Machine.Kernel} · {run.Machine.Processor}, {Figures.Count(run.Machine.Processors, "processor")}"
                + (run.Disk is { } disk ? $" · {disk.FileSystem}" : string.Empty), "where");
            if (run.Backend == MachineBackend.Portable)
            {
                _html.Element("p", "This run measured the portable backend, which takes the place of io_uring where that is denied.", "warning");
            }
        }

        _html.Raw("<ul class=\"tiles\">\n");
        Tile(judged > 0 ? $"{Figures.Count(met)} of {Figures.Count(judged)}" : None, "rows met all their bars");
        Tile(Figures.Count(judged - met), "missed one");
        Tile(Figures.Count(_run?.Skipped.Count ?? 0), "could not be measured here");
        Tile(Figures.Count(_rows.Count(static row => PageCharts.Faster(row) is { Median: >= 1 })), $"of {Figures.Count(_rows.Count(static row => row.Ratio is not null))} compared with .NET are as fast or faster");
        _html.Raw("</ul>\n<p class=\"where\"><a href=\"#losses\">Where UringSharp is not faster</a> · <a href=\"#rows\">Every row</a> · <a href=\"#run\">The machine and the run</a></p>\n</header>\n");
    }

    private void Tile(string figure, string what) => _html.Element("li", () => _html.Element("strong", figure).Element("span", what));

    private void WriteShortfalls()
    {
        IReadOnlyList<Shortfall> shortfalls = Shortfall.Of(_rows);
        Section("losses", "Where UringSharp is not faster");
        if (shortfalls.Count == 0)
        {
            _html.Element("p", "In none of these rows is it slower than the best of .NET, takes more CPU time, or misses a bar.");
        }
        else
        {
            _html.Element("p", "Every row in which it does less than the best of FileStream, RandomAccess and File, takes more CPU time, or misses a bar it was given. "
                + "Reasons are told where they are known.");
            Table("losses", ["row", "in what", "why"], shortfalls, one =>
            {
                Cell(() => WriteName(one.Row), "name");
                Cell(() => WriteLines(one.What));
                Cell(() => WriteLines(one.Reasons));
            });
        }

        EndSection();
    }

    private void WriteCharts()
    {
        WriteCharts("depth", "Throughput and CPU against depth", "Each point is the median over the rounds; its label tells the lowest and the highest.", PageCharts.Depths(_rows));
        WriteCharts("waiting", "Threads against pending reads", string.Empty, PageCharts.Waiting(_rows));
        WriteCharts("latency", "How long one takes", "The further right, the rarer.", PageCharts.Latencies(_rows));
        WriteCharts("ratios", "All rows at a glance", "A mark is the median over the rounds, a line reaches from the lowest to the highest.", PageCharts.Ratios(_rows));
    }

    private void WriteCharts(string id, string title, string text, IReadOnlyList<PageChart> charts)
    {
        if (charts.Count == 0)
        {
            return;
        }

        Section(id, title);
        if (text.Length > 0)
        {
            _html.Element("p", text);
        }

        _html.Raw("<div class=\"charts\">\n");
        foreach (PageChart chart in charts)
        {
            _html.Raw("<figure>\n").Element("figcaption", chart.Title);
            string height = chart.Kind == PageChart.Ranges ? string.Create(CultureInfo.InvariantCulture, $" style=\"height:{RangesHeight(chart)}px\"") : string.Empty;
            _html.Raw($"<div class=\"canvas\"{height}><canvas role=\"img\" aria-label=\"").Text($"{chart.Title}: {chart.YTitle}, {chart.XTitle}")
                .Raw(string.Create(CultureInfo.InvariantCulture, $"\" data-chart=\"{_charts.Count}\"></canvas></div>\n"));
            if (chart.Note.Length > 0)
            {
                _html.Element("p", chart.Note, "note");
            }

            _html.Raw("</figure>\n");
            _charts.Add(chart);
        }

        _html.Raw("</div>\n<noscript><p>The charts need JavaScript; the tables have all their figures.</p></noscript>\n");
        EndSection();
    }

    private void WriteTable()
    {
        Section("rows", "Every row");
        _html.Element("p", "Ratios are medians over the rounds (lowest to highest) to the fastest of what .NET has. Where time is measured (µs), less is better, and so is a lower ratio. "
            + "C is the same work in plain C. A missed bar is information: a busy machine misses any of them.");
        string[] headers = ["row", "UringSharp", "best of .NET", "C", "ratio", "CPU ratio", "A/A", "B/op", "bars"];
        Table("rows", headers, _rows, row =>
        {
            Cell(() => WriteName(row), "name");
            Cell(() => _html.Text(Amount(row.Ours)).Element("small", row.Unit), Number);
            Cell(() =>
            {
                _html.Text(Amount(row.Baseline));
                if (row.Details?.Contenders.FirstOrDefault(static one => one.Role == JsonContender.Best) is { } best)
                {
                    _html.Element("small", best.Name);
                }
            }, Number);
            Cell(Amount(row.Ceiling), Number);
            Cell(() => WriteRatio(row.Details?.Ratio, row.Ratio), Number);
            Cell(() => WriteRatio(row.Details?.CpuRatio, row.CpuRatio), Number);
            Cell(() => WriteRatio(row.Details?.AgainRatio, null), Number);
            Cell(Figures.Amount(row.AllocBytesPerOp), Number);
            Cell(() => WriteVerdicts(row), "bars");
        });
        if (_run is { Skipped.Count: > 0 })
        {
            _html.Element("h3", "Not measured");
            Table("skipped", ["row", "why"], _run.Skipped, skip =>
            {
                Cell(skip.Name, "name");
                Cell(skip.Reason);
            });
        }

        EndSection();
    }

    private void WriteVerdicts(JsonRow row)
    {
        if (row.Details is not { } details)
        {
            _html.Text(None);
            return;
        }

        _html.Raw("<ul class=\"verdicts\">\n");
        foreach (JsonVerdict one in details.Verdicts)
        {
            // A sign and a word, for those who see no colours.
            string text = $"{(one.IsMet ? "✓" : "✗")} {one.Subject} {one.Reached}, bar {one.Bar.Replace(' ', '\u00a0')}{(one.Verdict == Verdict.MetAsShareOfCeiling.Text() ? $": {one.Verdict}" : string.Empty)}";
            _html.Element("li", text, one.IsMet ? "met" : "missed");
        }

        _html.Raw("</ul>\n");
    }

    private void WriteContenders()
    {
        JsonRow[] detailed = [.. _rows.Where(static row => row.Details is not null)];
        if (detailed.Length == 0)
        {
            return;
        }

        Section("contenders", "Every contender");
        foreach (JsonRow row in detailed)
        {
            _html.Raw("<details>\n").Element("summary", row.Name).Element("p", row.Details!.Description);
            string[] headers = ["", row.Unit, row.Unit == Unit.MegabytesPerSecond.Name() ? "CPU µs/MB" : "CPU µs/op", "B/op", "threads", "ratio", "CPU ratio"];
            Table("contenders", headers, row.Details.Contenders, one =>
            {
                Cell(one.Role == JsonContender.Again ? $"A/A: {one.Name} again" : one.Name, "name");
                Cell(() => WriteSpread(one.Figure, Amount), Number);
                Cell(Figures.Ratio(one.CpuMicroseconds), Number);
                Cell(one.Role == JsonContender.Ceiling ? None : Figures.Amount(one.AllocBytesPerOp), Number);
                Cell(one.Threads > 0 ? Figures.Count(one.Threads) : None, Number);
                Cell(() => WriteRatio(one.Ratio, null), Number);
                Cell(() => WriteRatio(one.CpuRatio, null), Number);
            });
            foreach (JsonContender one in row.Details.Contenders.Where(static one => one.Findings.Count > 0))
            {
                _html.Element("p", $"{one.Name}: {string.Join("; ", one.Findings.Select(Text))}", "note");
            }

            _html.Raw("</details>\n");
        }

        EndSection();
    }

    private void WriteRun()
    {
        Section("run", "The machine and the run");
        if (_run is not { } run)
        {
            _html.Element("p", "These results are of a version that did not note them.");
        }
        else
        {
            JsonMachine machine = run.Machine;
            List<(string Name, string Value)> facts =
            [
                ("date", Date(run)),
                ("processor", $"{machine.Processor}, {Figures.Count(machine.Processors)} of them, {machine.Architecture}"),
                ("memory", machine.MemoryMebibytes > 0 ? $"{Figures.Count(machine.MemoryMebibytes)} MiB" : None),
                ("kernel", $"Linux {machine.Kernel}"),
                ("system", machine.System),
                (".NET", machine.Runtime),
                ("UringSharp", $"{run.Version}, {run.Backend}"),
                ("files in", run.Disk is { } disk ? $"{disk.Folder} ({disk.FileSystem} on {disk.Device}; {(disk.HasDirectIo ? "has" : "has no")} direct I/O)" : None),
                ("load before", $"{run.Load} (over 1, 5 and 15 minutes)"),
                ("plan", $"{run.Plan}: {Figures.Count(run.Rounds, "round")} of {Amount(run.LapMilliseconds)} ms for each contender, in turn, after one that does not count; after {Amount(run.RowLimitSeconds)} s a row does with fewer"),
                ("large file", $"{Figures.Count(run.FileMebibytes)} MiB"),
                ("rows", run.Rows ?? "all"),
                ("environment", run.Variables.Count > 0 ? string.Join(", ", run.Variables) : "nothing that changes the library or the runtime"),
            ];
            _html.Raw("<dl>\n");
            foreach ((string name, string value) in facts)
            {
                _html.Element("dt", name).Element("dd", value);
            }

            _html.Raw("</dl>\n");
        }

        _html.Element("p", "CPU time is user and system time of the whole process, kernel workers included. A/A is the baseline against itself in the same rounds: as far as that is from 1.00, as far may the others be off.", "note");
        EndSection();
        _html.Raw("<footer>\n").Element("p", "Made by uring bench. The charts are drawn by Chart.js, which is in this page under the MIT licence.").Raw("</footer>\n");
    }

    private void WriteScripts()
    {
        // What goes into a comment of the script must not end it.
        string licence = Resource("chart.LICENSE.txt").Replace("*/", "* /", StringComparison.Ordinal);
        string library = Resource("chart.umd.min.js");
        int map = library.LastIndexOf("//# sourceMappingURL", StringComparison.Ordinal);
        _html.Raw("<script type=\"application/json\" id=\"data\">").Raw(JsonSerializer.Serialize(new PageData(_charts, _rows), PageJson.Default.PageData)).Raw("</script>\n")
            .Raw("<script>\n/*\n").Raw(licence).Raw("*/\n").Raw(map < 0 ? library : library[..map]).Raw("</script>\n")
            .Raw("<script>\n").Raw(Resource("page.js")).Raw("</script>\n");
    }

    private void WriteName(JsonRow row)
    {
        _html.Element("code", row.Name);
        if (row.Details is { } details)
        {
            _html.Element("small", details.Description);
        }
    }

    private void WriteLines(IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            _html.Element("p", line);
        }
    }

    private void WriteRatio(JsonSpread? spread, double? median)
    {
        if (spread is not null)
        {
            WriteSpread(spread, static value => Figures.Ratio(value!.Value));
        }
        else
        {
            _html.Text(median is { } known ? Figures.Ratio(known) : None);
        }
    }

    private void WriteSpread(JsonSpread spread, Func<double?, string> text)
    {
        _html.Text(text(spread.Median));
        if (spread.Lowest < spread.Highest)
        {
            _html.Element("small", $"{text(spread.Lowest)} to {text(spread.Highest)}");
        }
    }

    private void Table<T>(string style, IReadOnlyList<string> headers, IReadOnlyList<T> rows, Action<T> write)
    {
        _html.Raw("<div class=\"scroll\" tabindex=\"0\">\n").Raw($"<table class=\"{style}\">\n<thead><tr>\n");
        foreach (string header in headers)
        {
            _html.Element("th", header, Array.IndexOf(s_numbers, header) >= 0 ? Number : null);
        }

        _html.Raw("</tr></thead>\n<tbody>\n");
        foreach (T row in rows)
        {
            _html.Element("tr", () => write(row));
        }

        _html.Raw("</tbody>\n</table>\n</div>\n");
    }

    private void Cell(string text, string? style = null) => _html.Element("td", text, style);

    private void Cell(Action content, string? style = null) => _html.Element("td", content, style);

    private void Section(string id, string title) => _html.Raw($"<section id=\"{id}\">\n").Element("h2", title);

    private void EndSection() => _html.Raw("</section>\n");

    private static int RangesHeight(PageChart chart) => 90 + (chart.Labels.Count * 22);

    private static bool IsMet(JsonRow row) => row.Details is { Verdicts.Count: > 0 } details && details.Verdicts.All(static one => one.IsMet);

    private static string Text(JsonFinding finding) => $"{finding.Name} {Figures.Amount(finding.Value.Median)} {finding.Unit}".TrimEnd();

    private static string Amount(double? amount) => amount is { } known ? Figures.Amount(known) : None;

    private static string Date(JsonRun run) => run.Date.ToUniversalTime().ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
