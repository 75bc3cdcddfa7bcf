using System.Globalization;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Page;

/// <summary>Makes charts of rows. A chart that the rows have nothing for is left out.</summary>
internal static class PageCharts
{
    private const string InFlight = "in flight";
    private const string DepthMark = "-qd";

    private static readonly (string Prefix, string What)[] s_depths =
    [
        ("read-direct-4k", "Reads past the page cache (O_DIRECT)"),
        ("read-cold-4k", "Reads from the disk, not cached"),
        ("read-cached-4k", "Reads from the page cache"),
        ("write-direct-4k", "Writes past the page cache (O_DIRECT)"),
        ("write-buffered-4k", "Writes into the page cache"),
    ];

    /// <summary>Throughput and processor time against depth: pairs, the throughput first.</summary>
    internal static IReadOnlyList<PageChart> Depths(IReadOnlyList<JsonRow> rows) =>
        [.. s_depths.SelectMany(depth => Depth(rows, depth.Prefix, depth.What))];

    /// <summary>Threads against reads that wait.</summary>
    internal static IReadOnlyList<PageChart> Waiting(IReadOnlyList<JsonRow> rows) =>
    [
        .. rows.Where(static row => row is { Name: "fifo-idle-10k", Details: not null }).Select(static row =>
        {
            JsonContender[] contenders = [.. row.Details!.Contenders.Where(static one => one.Role != JsonContender.Again)];
            return new PageChart(
                "Reads that wait for named pipes, and the threads that takes", PageChart.Columns, string.Empty, "count (logarithmic)", IsLogarithmic: true,
                [.. contenders.Select(static one => one.Name)],
                [
                    Series("reads waiting", PageSeries.Ours, contenders.Select(static one => (double?)one.Figure.Median)),
                    Series("threads of the process", PageSeries.FileStream, contenders.Select(static one => (double?)one.Threads)),
                ],
                "FileStream needs a thread of the pool for each read; those that have got none within four seconds do not wait in the kernel. Of the threads some are the runtime's own.");
        }),
    ];

    /// <summary>How long single operations took.</summary>
    internal static IReadOnlyList<PageChart> Latencies(IReadOnlyList<JsonRow> rows) =>
    [
        .. rows.Where(static row => row.Details?.Contenders.Any(static one => one.Latencies is not null) is true).Select(static row => new PageChart(
            row.Name, PageChart.Lines, "share of operations that took less", "µs (logarithmic)", IsLogarithmic: true, JsonLatencies.Labels,
            [
                .. row.Details!.Contenders.Where(static one => one is { Latencies: not null, Role: not JsonContender.Again })
                    .Select(static one => Series(one.Name, StyleOf(one), one.Latencies!.Values.Select(static value => (double?)value))),
            ],
            row.Details.Description)),
    ];

    /// <summary>The ratios of all rows that have a baseline, turned so that more is better.</summary>
    internal static IReadOnlyList<PageChart> Ratios(IReadOnlyList<JsonRow> rows)
    {
        JsonRow[] compared = [.. rows.Where(static row => row.Ratio is > 0 && row.Unit != Unit.WaitingReads.Name())];
        return compared.Length == 0
            ? []
            :
            [
                Ranges("Speed: UringSharp to the best of .NET", "Right of 1 UringSharp is faster.", compared, static row => Faster(row)),
                Ranges(
                    "CPU time an operation: UringSharp to the same", "Left of 1 UringSharp takes less.",
                    [.. compared.Where(static row => row.CpuRatio is > 0)], static row => row.Details?.CpuRatio ?? Point(row.CpuRatio)),
            ];
    }

    /// <summary>How much faster ours is, whether the unit is a rate or a time.</summary>
    internal static JsonSpread? Faster(JsonRow row)
    {
        JsonSpread? ratio = row.Details?.Ratio ?? Point(row.Ratio);
        return ratio is null || !row.IsLowerBetter ? ratio : new JsonSpread(1 / ratio.Median, 1 / ratio.Highest, 1 / ratio.Lowest);
    }

    private static IEnumerable<PageChart> Depth(IReadOnlyList<JsonRow> rows, string prefix, string what)
    {
        (int Depth, JsonRow Row)[] line =
        [
            .. rows.Select(row => (Depth: DepthOf(row.Name, prefix), Row: row)).Where(static pair => pair.Depth > 0).OrderBy(static pair => pair.Depth),
        ];
        if (line.Length < 2)
        {
            yield break;
        }

        string[] labels = [.. line.Select(static pair => pair.Depth.ToString(CultureInfo.InvariantCulture))];
        string noun = prefix.StartsWith("write", StringComparison.Ordinal) ? "writes" : "reads";
        yield return new PageChart(
            what, PageChart.Lines, $"{noun} of 4 KiB {InFlight}", $"{noun} a second", IsLogarithmic: false, labels,
            [.. Contenders(line, static (_, one) => one.Figure, static row => row.Ours, static row => row.Baseline, static row => row.Ceiling)]);
        PageSeries[] processor = [.. Contenders(line, static (_, one) => Point(one.CpuMicroseconds), null, null, null)];
        if (processor.Length > 0)
        {
            yield return new PageChart($"{what}: CPU", PageChart.Lines, $"{noun} of 4 KiB {InFlight}", $"CPU µs a {noun[..^1]}", IsLogarithmic: false, labels, processor);
        }
    }

    /// <summary>Series of all contenders; of results of old, which do not name them, those of whom there is a figure.</summary>
    private static IEnumerable<PageSeries> Contenders(
        (int Depth, JsonRow Row)[] line, Func<JsonRow, JsonContender, JsonSpread?> figure,
        Func<JsonRow, double?>? ours, Func<JsonRow, double?>? baseline, Func<JsonRow, double?>? ceiling)
    {
        (string Name, string Style)[] who =
        [
            .. line.SelectMany(static pair => pair.Row.Details?.Contenders ?? []).Where(static one => one.Role != JsonContender.Again)
                .Select(static one => (one.Name, StyleOf(one))).DistinctBy(static one => one.Name),
        ];
        foreach ((string name, string style) in who)
        {
            JsonSpread?[] spreads =
            [
                .. line.Select(pair => pair.Row.Details?.Contenders.FirstOrDefault(one => one.Name == name && one.Role != JsonContender.Again) is { } one
                    ? figure(pair.Row, one)
                    : null),
            ];
            yield return new PageSeries(
                name, style, [.. spreads.Select(static one => one?.Median)], [.. spreads.Select(static one => one?.Lowest)], [.. spreads.Select(static one => one?.Highest)]);
        }

        if (who.Length == 0 && ours is not null)
        {
            yield return Series("UringSharp", PageSeries.Ours, line.Select(pair => ours(pair.Row)));
            yield return Series("best of .NET", PageSeries.FileStream, line.Select(pair => baseline!(pair.Row)));
            yield return Series("C", PageSeries.Ceiling, line.Select(pair => ceiling!(pair.Row)));
        }
    }

    private static PageChart Ranges(string title, string note, IReadOnlyList<JsonRow> rows, Func<JsonRow, JsonSpread?> ratio) => new(
        title, PageChart.Ranges, "ratio (logarithmic)", string.Empty, IsLogarithmic: true,
        [.. rows.Select(static row => row.Name)],
        [
            new PageSeries(
                "median, and lowest to highest of the rounds", PageSeries.Ours, [.. rows.Select(row => ratio(row)?.Median)], [.. rows.Select(row => ratio(row)?.Lowest)],
                [.. rows.Select(row => ratio(row)?.Highest)]),
        ],
        note);

    private static PageSeries Series(string name, string style, IEnumerable<double?> values) => new(name, style, [.. values], [], []);

    private static JsonSpread? Point(double? value) => value is { } known ? new JsonSpread(known, known, known) : null;

    private static string StyleOf(JsonContender contender) => contender.Role switch
    {
        JsonContender.Ours => PageSeries.Ours,
        JsonContender.Ceiling => PageSeries.Ceiling,
        _ => contender.Name.StartsWith("FileStream", StringComparison.Ordinal) ? PageSeries.FileStream : PageSeries.Other,
    };

    /// <summary>The depth in a row's name, where nothing else follows the prefix; else 0.</summary>
    private static int DepthOf(string name, string prefix) =>
        name.StartsWith(prefix + DepthMark, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length + DepthMark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int depth)
            ? depth
            : 0;
}
