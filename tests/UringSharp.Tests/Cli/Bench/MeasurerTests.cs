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
        result.Rate(result.Ours).Should().Be(100);
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

        result.Baseline.Name.Should().Be("second");
        result.Ratio.Median.Should().Be(1.5);
    }

    [Test]
    public void A_row_that_asks_for_parity_shows_its_baseline_against_itself()
    {
        RowResult result = Measure(new Bars(0.97, 1), [], ours: [100], first: [70], second: [50]);

        result.Again!.Name.Should().Be("first", "it was the fastest in the round that does not count");
        result.Again.Laps.Should().HaveCount(4);
        result.RateRatio(result.Again, result.Repeated!).Median.Should().Be(1);
    }

    [Test]
    public void A_bar_far_above_the_ceiling_is_met_by_nearly_reaching_the_ceiling()
    {
        RowResult result = Measure(new Bars(3, 1), [], ours: [98], first: [50], second: [50], ceiling: 100);

        result.CeilingToBaseline!.Value.Median.Should().Be(2);
        result.RateVerdict.Should().Be(Verdict.MetAsShareOfCeiling);
    }

    private static RowResult Measure(Bars bars, List<string> calls, long[] ours, long[] first, long[] second, long ceiling = 1, BenchPlan? plan = null)
    {
        using Contest contest = new(Contender("ours", ours), [Contender("first", first), Contender("second", second)], Contender("C", [ceiling]));
        return new Measurer(plan ?? s_plan, CancellationToken.None).Measure(new FakeRow(bars), contest, new Progress<double>());

        FakeContender Contender(string name, long[] operations) => new(name, calls, [.. operations.Select(static count => FakeContender.Lap(count))]);
    }
}
