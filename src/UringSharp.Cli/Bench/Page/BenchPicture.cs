using System.Globalization;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Page;

/// <summary>One picture of the figures that matter most, for a document: SVG with a ground of its own, so that it can be read wherever it is shown.</summary>
internal sealed class BenchPicture
{
    private const int Width = 960;
    private const int Margin = 24;
    private const int PanelGap = 40;
    private const int PanelTop = 122;
    private const int PlotHeight = 190;
    private const int AxisWidth = 40;
    private const int Height = PanelTop + PlotHeight + 92;
    private const double GroupShare = 0.72;
    private const double LetterWidth = 7.2;

    /// <summary>The first column's value reaches to the left of it, where the axis has its numbers.</summary>
    private const int ValueRoom = 18;

    /// <summary>The panel without a depth has fewer columns.</summary>
    private const double NarrowShare = 0.7;

    /// <summary>What tells contenders apart, and in the panel of threads what is counted: colours as on the page.</summary>
    private const string Colours = """
        <style>
        text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; font-size: 12px; fill: #1b1f24 }
        .ground { fill: #ffffff; stroke: #d8dee4 } .title { font-size: 17px; font-weight: 600 } .panel { font-size: 13px; font-weight: 600 } .soft { fill: #59636e } .line { stroke: #d8dee4 }
        .ours { fill: #0072b2 } .filestream { fill: #d55e00 } .other { fill: #00845f } .ceiling { fill: #a3acb5 } .waiting { fill: #5b4b9a } .threads { fill: #c79a00 }
        .value { font-weight: 600; paint-order: stroke; stroke: #ffffff; stroke-width: 3px } .middle { text-anchor: middle } .end { text-anchor: end }
        @media (prefers-color-scheme: dark) {
        text { fill: #e4e8ec } .ground { fill: #0f1317; stroke: #2d353e } .soft { fill: #9ca7b2 } .line { stroke: #2d353e } .value { stroke: #0f1317 }
        .ours { fill: #56b4e9 } .filestream { fill: #f08a3c } .other { fill: #35c79a } .ceiling { fill: #68727d } .waiting { fill: #a596e6 } .threads { fill: #e6c34a }
        }
        </style>

        """;

    private static readonly double[] s_tops = [1, 2, 4, 8, 10];

    private readonly Html _svg = new();

    private BenchPicture()
    {
    }

    /// <summary>Draws it.</summary>
    internal static string Render(IReadOnlyList<JsonRow> rows, JsonRun? run = null)
    {
        BenchPicture picture = new();
        picture.Draw(rows, run ?? rows.FirstOrDefault(static row => row.Run is not null)?.Run);
        return picture._svg.ToString();
    }

    private void Draw(IReadOnlyList<JsonRow> rows, JsonRun? run)
    {
        PageChart[] depths = [.. PageCharts.Depths(rows).Take(2)];
        PageChart[] panels = [.. depths, .. PageCharts.Waiting(rows).Select(Recoloured)];
        string title = depths.Length > 0 ? $"UringSharp beside what .NET has: {depths[0].Title[..1].ToLowerInvariant()}{depths[0].Title[1..]}" : "UringSharp beside what .NET has";
        string caption = Caption(run);
        _svg.Raw(string.Create(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\">\n"))
            .Element("title", title).Element("desc", Describe(panels)).Raw(Colours)
            .Raw(string.Create(CultureInfo.InvariantCulture, $"<rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"{Width - 1}\" height=\"{Height - 1}\" rx=\"8\"/>\n"));
        Text(Margin, 36, title, "title");
        if (panels.Length == 0)
        {
            Text(Margin, 70, "None of the rows it shows was measured.", "soft");
        }

        if (depths.Length > 0)
        {
            DrawLegend(depths[0], Margin, PanelTop - 62);
        }

        double left = Margin;
        double share = (Width - (2 * Margin) - (PanelGap * (panels.Length - 1))) / panels.Sum(ShareOf);
        foreach (PageChart panel in panels)
        {
            DrawPanel(panel, left, share * ShareOf(panel));
            left += (share * ShareOf(panel)) + PanelGap;
        }

        Text(Margin, Height - 18, caption, "soft");
        _svg.Raw("</svg>\n");
    }

    private void DrawPanel(PageChart chart, double left, double width)
    {
        double highest = chart.Series.SelectMany(static series => series.Values).Max() ?? 1;
        double top = chart.IsLogarithmic ? Math.Pow(10, Math.Ceiling(Math.Log10(Math.Max(10, highest)))) : RoundUp(highest);
        double plot = left + AxisWidth;
        double bottom = PanelTop + PlotHeight;
        Text(left, PanelTop - 22, IsNarrow(chart) ? "waiting for named pipes" : chart.YTitle, "panel");

        foreach (double tick in chart.IsLogarithmic ? Decades(top) : Enumerable.Range(0, 5).Select(step => top * step / 4))
        {
            double y = bottom - (Share(tick) * PlotHeight);
            _svg.Raw(string.Create(CultureInfo.InvariantCulture, $"<line class=\"line\" x1=\"{plot:0.#}\" y1=\"{y:0.#}\" x2=\"{left + width:0.#}\" y2=\"{y:0.#}\"/>\n"));
            Text(plot - 6, y + 4, Brief(tick), "soft end");
        }

        double first = plot + (IsNarrow(chart) ? 0 : ValueRoom);
        double group = (left + width - first) / chart.Labels.Count;
        double column = group * GroupShare / chart.Series.Count;
        for (int label = 0; label < chart.Labels.Count; label++)
        {
            double begin = first + (label * group) + (group * (1 - GroupShare) / 2);
            for (int i = 0; i < chart.Series.Count; i++)
            {
                if (chart.Series[i].Values[label] is not { } value)
                {
                    continue;
                }

                double height = Math.Max(1, Share(value) * PlotHeight);
                Rectangle(begin + (i * column), bottom - height, column - 1, height, chart.Series[i].Style);
            }

            Text(first + ((label + 0.5) * group), bottom + 18, chart.Labels[label], "soft middle");
        }

        // Over all columns, and where ours are to the left of them, since their neighbours may be higher.
        for (int label = 0; label < chart.Labels.Count; label++)
        {
            for (int i = 0; i < chart.Series.Count; i++)
            {
                if (chart.Series[i].Values[label] is { } value && (IsNarrow(chart) || chart.Series[i].Style == PageSeries.Ours))
                {
                    double end = first + (label * group) + (group * (1 - GroupShare) / 2) + ((i + 1) * column) - 1;
                    double y = bottom - Math.Max(1, Share(value) * PlotHeight) - 4;
                    Text(IsNarrow(chart) ? end - (column / 2) : end, y, Brief(value), IsNarrow(chart) ? "value middle" : "value end");
                }
            }
        }

        if (IsNarrow(chart))
        {
            DrawLegend(chart, left, bottom + 28);
        }
        else
        {
            Text(plot + ((left + width - plot) / 2), bottom + 38, chart.XTitle, "soft middle");
        }

        double Share(double value) => chart.IsLogarithmic ? Math.Log10(Math.Max(1, value)) / Math.Log10(top) : value / top;
    }

    private void DrawLegend(PageChart chart, double left, double top)
    {
        foreach (PageSeries series in chart.Series)
        {
            Rectangle(left, top, 10, 10, series.Style);
            Text(left + 15, top + 9, series.Name, "soft");
            left += 32 + (series.Name.Length * LetterWidth);
        }
    }

    private void Rectangle(double x, double y, double width, double height, string style) =>
        _svg.Raw(string.Create(CultureInfo.InvariantCulture, $"<rect class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\"/>\n"));

    private void Text(double x, double y, string text, string style) =>
        _svg.Raw(string.Create(CultureInfo.InvariantCulture, $"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\">")).Text(text).Raw("</text>\n");

    /// <summary>Whether it has no depth.</summary>
    private static bool IsNarrow(PageChart chart) => chart.XTitle.Length == 0;

    private static double ShareOf(PageChart chart) => IsNarrow(chart) ? NarrowShare : 1;

    /// <summary>In this panel colours do not tell contenders apart.</summary>
    private static PageChart Recoloured(PageChart chart) => chart with
    {
        Series = [chart.Series[0] with { Style = "waiting" }, chart.Series[1] with { Style = "threads", Name = "threads" }],
    };

    private static string Describe(IReadOnlyList<PageChart> panels) => string.Join("; ", panels.SelectMany(static chart => chart.Series.Select(series =>
        $"{chart.YTitle}, {series.Name}: {string.Join(", ", series.Values.Select((value, i) => $"{chart.Labels[i]}: {(value is { } known ? Brief(known) : "none")}"))}")));

    private static string Caption(JsonRun? run) => run is null
        ? "Medians over the rounds."
        : $"Medians of {Figures.Count(run.Rounds)} rounds, {run.Date.ToUniversalTime().ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}. Linux {run.Machine.Kernel}, {run.Machine.Processor}, "
            + $"{Figures.Count(run.Machine.Processors, "processor")}{(run.Disk is { } disk ? $", {disk.FileSystem}" : string.Empty)}{(run.Backend == MachineBackend.Portable ? ", portable backend" : string.Empty)}.";

    private static IEnumerable<double> Decades(double top)
    {
        for (double decade = 1; decade <= top; decade *= 10)
        {
            yield return decade;
        }
    }

    /// <summary>1, 2, 4 or 8 times a power of ten: its quarters are short numbers.</summary>
    private static double RoundUp(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, double.Epsilon))));
        return s_tops.Select(factor => factor * power).FirstOrDefault(candidate => candidate >= value, value);
    }

    /// <summary>950, 12.5k, 1.2M</summary>
    private static string Brief(double value) => value >= 1e6 ? Figures.Amount(Short(value / 1e6)) + "M" : value >= 1e4 ? Figures.Amount(Short(value / 1e3)) + "k" : Figures.Amount(Short(value));

    /// <summary>Three digits are enough.</summary>
    private static double Short(double value) => value >= 100 ? Math.Round(value) : value >= 10 ? Math.Round(value, 1) : Math.Round(value, 2);
}
