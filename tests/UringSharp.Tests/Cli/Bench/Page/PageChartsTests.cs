using UringSharp.Cli.Bench.Page;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench.Page;

public sealed class PageChartsTests
{
    private static readonly string[] s_names = ["read-direct-4k-qd128", "read-direct-4k-qd4", "read-direct-4k-qd32-work10us", "read-direct-4k-qd1"];

    [Test]
    public void Depth_goes_up_from_left_to_right_for_each_contender()
    {
        JsonRow[] rows = [.. s_names.Select(static name => PageRows.Row(name, details: PageRows.Details()))];

        IReadOnlyList<PageChart> charts = PageCharts.Depths(rows);

        charts.Select(static chart => chart.YTitle).Should().Equal("reads a second", "CPU µs a read");
        charts.Should().OnlyContain(static chart => string.Join(' ', chart.Labels) == "1 4 128");
        charts[0].Series.Select(static series => (series.Name, series.Style)).Should().Equal(
            ("UringSharp", "ours"), ("RandomAccess", "other"), ("FileStream", "filestream"), ("C", "ceiling"));
        charts[1].Series[0].Values.Should().Equal(2, 2, 2);
    }

    [Test]
    public void A_single_depth_makes_no_chart() => PageCharts.Depths([PageRows.Row("read-direct-4k-qd1", details: PageRows.Details())]).Should().BeEmpty();

    [Test]
    public void A_row_that_was_timed_makes_a_chart_of_its_distribution()
    {
        JsonRow row = PageRows.Row("cancel-latency", unit: "µs", details: PageRows.Details(latencies: new JsonLatencies(9, 1, 2, 3, 4, 5, 6, 7)));

        PageChart chart = PageCharts.Latencies([row, PageRows.Row("stat-10k")]).Should().ContainSingle().Subject;

        chart.Series.Should().ContainSingle().Which.Values.Should().Equal(1, 2, 3, 4, 5, 6, 7);
        chart.Labels.Should().HaveCount(7);
    }

    [Test]
    public void Reads_that_wait_stand_beside_their_threads()
    {
        PageChart chart = PageCharts.Waiting([PageRows.Row("fifo-idle-10k", unit: "reads waiting", details: PageRows.Details())]).Should().ContainSingle().Subject;

        chart.Labels.Should().Equal("UringSharp", "RandomAccess", "FileStream", "C");
        chart.Series[1].Values.Should().OnlyContain(static value => value == 3);
    }

    [TestCase("ops/s", 2.0, 2.0)]
    [TestCase("µs", 0.5, 2.0)]
    public void In_the_chart_of_all_rows_more_is_better_whatever_the_unit(string unit, double ratio, double expected) =>
        PageCharts.Ratios([PageRows.Row("any", ratio, unit: unit)])[0].Series[0].Values.Should().Equal(expected);
}
