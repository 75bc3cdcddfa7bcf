using UringSharp.Cli.Bench;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench;

public sealed class LimitTests
{
    [TestCase(100, "met")]
    [TestCase(100.1, "missed")]
    public void A_figure_must_not_be_above_a_bar_it_is_to_stay_below(double figure, string expected) =>
        Limit.AtMost("time", "ms", 100, _ => figure).Judge(Result()).Text().Should().Be(expected);

    [TestCase(100, "met")]
    [TestCase(99.9, "missed")]
    [TestCase(double.NaN, "missed")]
    public void A_figure_must_not_be_below_a_bar_it_is_to_reach(double figure, string expected) =>
        Limit.AtLeast("rate", "ops/s", 100, _ => figure).Judge(Result()).Text().Should().Be(expected);

    [Test]
    public void A_finding_is_judged_by_the_worst_round()
    {
        RowResult result = Result(new Finding("threads left", "", 0), new Finding("threads left", "", 3), new Finding("other", "", 9), new Finding("threads left", "", 1));

        Limit.OfFinding("threads left", "", 3).Judge(result).Should().Be(Verdict.Met);
        Limit.OfFinding("threads left", "", 2).Judge(result).Should().Be(Verdict.Missed);
        RowResult.Finding(result.Ours, "threads left").Should().Be(new RoundSpread(1, 0, 3));
    }

    [Test]
    public void What_was_not_found_out_does_not_meet_its_bar() => Limit.OfFinding("threads left", "", 1000).Judge(Result()).Should().Be(Verdict.Missed);

    [Test]
    public void A_row_whose_limit_is_passed_does_not_meet_its_bars()
    {
        Result().MeetsItsBars.Should().BeTrue("it has none");
        Result(Limit.AtMost("any", "", 1, static _ => 1)).MeetsItsBars.Should().BeTrue();
        Result(Limit.AtMost("any", "", 1, static _ => 1), Limit.AtMost("any", "", 1, static _ => 2)).MeetsItsBars.Should().BeFalse();
    }

    [Test]
    public void It_is_written_with_its_unit()
    {
        Limit.AtMost("heap of each", "B", 400, static _ => 0).Describe().Should().Be("heap of each ≤ 400 B");
        Limit.AtLeast("rate", "ops/s", 50_000, static _ => 0).Describe().Should().Be("rate ≥ 50 000 ops/s");
        Limit.AtMost("threads", string.Empty, 0, static _ => 0).Describe().Should().Be("threads ≤ 0");
    }

    private static RowResult Result(params Limit[] limits) =>
        new(new FakeRow(new Bars()) { Limits = limits }, Entrant([FakeContender.Lap(1)]), [], Again: null, Ceiling: null);

    private static RowResult Result(params Finding[] findings) =>
        new(new FakeRow(new Bars()), Entrant([.. findings.Select(static finding => FakeContender.Lap(1) with { Findings = [finding] })]), [], Again: null, Ceiling: null);

    private static RowResult Result() => Result(Array.Empty<Finding>());

    private static Entrant Entrant(IEnumerable<Lap> laps)
    {
        Entrant entrant = new(new FakeContender("any", []));
        foreach (Lap lap in laps)
        {
            entrant.Add(lap);
        }

        return entrant;
    }
}
