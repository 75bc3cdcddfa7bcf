using UringSharp.Cli.Bench;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench;

public sealed class MeasurerTests
{
    private static readonly BenchPlan s_plan = new(Rounds: 4, TimeSpan.FromMilliseconds(1), FileLength: 1 << 20, TimeSpan.FromMinutes(1));

    [Test]
    public void Each_contender_runs_once_in_each_round_prepared_and_the_first_round_does_not_count()
    {
        List<string> calls = [];

        RowResult result = Measure(new Bars(2, 1), calls, ours: [1, 100], first: [1, 50], second: [1, 40]);

        result.Rounds.Should().Be(4);
        result.Figure(result.Ours).Should().Be(100);
        calls.Where(static call => !call.StartsWith("prepare", StringComparison.Ordinal)).Should().HaveCount(5 * 4);
        calls.Chunk(2).Should().OnlyContain(static pair => pair[0] == "prepare " + pair[1]);
        result.Again.Should().BeNull("such a row does not ask for parity");
    }

    [Test]
    public void A_row_that_takes_too_long_is_content_with_three_rounds()
    {
        RowResult result = Measure(new Bars(2, 1), [], ours: [1], first: [1], second: [1], plan: s_plan with { RowLimit = TimeSpan.Zero });

        result.Rounds.Should().Be(3);
    }

    [Test]
    public void Everybody_comes_first_and_follows_everybody_in_turn()
    {
        string[] entrants = ["a", "b", "c"];

        string[] rounds = [.. Enumerable.Range(0, 4).Select(round => string.Concat(Measurer.Order(entrants, round)))];

        rounds.Should().Equal("abc", "acb", "cab", "cba");
    }

    [Test]
    public void The_fastest_baseline_is_the_one_to_compare_with()
    {
        RowResult result = Measure(new Bars(2, 1), [], ours: [90], first: [50], second: [60]);

        result.Baseline!.Name.Should().Be("second");
        result.Ratio!.Value.Median.Should().Be(1.5);
    }

    [Test]
    public void A_row_that_asks_for_parity_shows_its_baseline_against_itself()
    {
        RowResult result = Measure(new Bars(0.97, 1), [], ours: [100], first: [70], second: [50]);

        result.Again!.Name.Should().Be("first", "it was the fastest in the round that does not count");
        result.Again.Laps.Should().HaveCount(4);
        result.FigureRatio(result.Again, result.Repeated)!.Value.Median.Should().Be(1);
    }

    [Test]
    public void A_bar_far_above_the_ceiling_is_met_by_nearly_reaching_the_ceiling()
    {
        RowResult result = Measure(new Bars(3, 1), [], ours: [98], first: [50], second: [50], ceiling: 100);

        result.CeilingToBaseline!.Value.Median.Should().Be(2);
        result.RatioVerdict.Should().Be(Verdict.MetAsShareOfCeiling);
    }

    [Test]
    public void Where_time_is_measured_the_baseline_that_takes_least_is_the_one_to_compare_with_and_to_repeat()
    {
        // Operations in a second: more of them, less time each.
        RowResult result = Measure(new Bars(1.05), [], ours: [80], first: [50], second: [100], ceiling: 160, unit: Unit.Microseconds);

        result.Baseline!.Name.Should().Be("second");
        result.Again!.Name.Should().Be("second");
        result.Figure(result.Ours).Should().Be(12_500);
        result.Ratio!.Value.Median.Should().Be(1.25, "a time is compared with a time");
        result.OursToCeiling!.Value.Median.Should().Be(2);
        result.RatioVerdict.Should().Be(Verdict.Missed);
    }

    [TestCase(1.25, "met")]
    [TestCase(1.24, "missed")]
    public void A_bar_for_a_time_is_the_most_it_may_be(double bar, string expected) =>
        Measure(new Bars(CeilingRatio: bar), [], ours: [80], first: [50], second: [50], ceiling: 100, unit: Unit.Microseconds)
            .CeilingRatioVerdict!.Value.Text().Should().Be(expected);

    [Test]
    public void Where_there_is_no_baseline_there_is_no_ratio_to_it()
    {
        using Contest contest = new(new FakeContender("ours", [], FakeContender.Lap(100)), [], new FakeContender("C", [], FakeContender.Lap(200)));

        RowResult result = new Measurer(s_plan, CancellationToken.None).Measure(new FakeRow(new Bars()), contest, new Progress<double>());

        result.Baseline.Should().BeNull();
        (result.Ratio ?? result.CpuRatio ?? result.CeilingToBaseline).Should().BeNull();
        (result.RatioVerdict ?? result.ProcessorVerdict).Should().BeNull();
        result.OursToCeiling!.Value.Median.Should().Be(0.5);
        result.MeetsItsBars.Should().BeTrue();
    }

    [Test]
    public void A_row_that_cannot_be_repeated_is_measured_once()
    {
        List<string> calls = [];

        RowResult result = Measure(new Bars(2, 1), calls, ours: [7], first: [1], second: [1], plan: s_plan with { Rounds = 1, WarmsUp = false });

        result.Rounds.Should().Be(1);
        calls.Should().ContainSingle(static call => call == "ours");
    }

    private static RowResult Measure(Bars bars, List<string> calls, long[] ours, long[] first, long[] second, long ceiling = 1, BenchPlan? plan = null, Unit unit = Unit.OperationsPerSecond)
    {
        using Contest contest = new(Contender("ours", ours), [Contender("first", first), Contender("second", second)], Contender("C", [ceiling]));
        return new Measurer(plan ?? s_plan, CancellationToken.None).Measure(new FakeRow(bars, unit), contest, new Progress<double>());

        FakeContender Contender(string name, long[] operations) => new(name, calls, [.. operations.Select(static count => FakeContender.Lap(count))]);
    }
}
