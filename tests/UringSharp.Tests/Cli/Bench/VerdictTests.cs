using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench;

public sealed class VerdictTests
{
    [TestCase(2.0, 2.0, 9.0, 0.2, "met", Description = "the bar is reached exactly")]
    [TestCase(2.0, 1.99, 9.0, 0.2, "missed", Description = "C shows that more was possible")]
    [TestCase(2.0, 1.5, 1.55, 0.96, "met: 0.95 of the ceiling", Description = "C does not reach the bar either")]
    [TestCase(2.0, 1.5, 1.55, 0.95, "met: 0.95 of the ceiling")]
    [TestCase(2.0, 1.4, 1.55, 0.94, "missed", Description = "C does not reach the bar, and is far away")]
    [TestCase(2.0, 1.99, 2.0, 0.99, "missed", Description = "C reaches the bar")]
    public void A_rate_is_judged_by_its_bar_or_by_a_ceiling_below_the_bar(
        double bar, double ratio, double ceilingToBaseline, double oursToCeiling, string expected) =>
        Verdicts.OfRate(bar, ratio, ceilingToBaseline, oursToCeiling).Text().Should().Be(expected);

    [TestCase(1.15, 1.15, 0.9, 1.3, "met", Description = "the bar is reached exactly")]
    [TestCase(1.15, 1.16, 0.9, 1.3, "missed", Description = "C shows that less was possible")]
    [TestCase(0.65, 0.7, 0.68, 1.05, "met: 0.95 of the ceiling", Description = "C does not reach the bar either")]
    [TestCase(0.65, 0.75, 0.68, 1.06, "missed", Description = "C does not reach the bar, and is far away")]
    [TestCase(0.65, 0.66, 0.65, 1.01, "missed", Description = "C reaches the bar")]
    public void A_time_is_judged_likewise_but_less_of_it_is_better(
        double bar, double ratio, double ceilingToBaseline, double oursToCeiling, string expected) =>
        Verdicts.OfTime(bar, ratio, ceilingToBaseline, oursToCeiling).Text().Should().Be(expected);

    [TestCase(1.15, "met")]
    [TestCase(1.16, "missed")]
    public void Without_a_ceiling_so_is_a_time(double ratio, string expected) => Verdicts.OfTime(1.15, ratio, null, null).Text().Should().Be(expected);

    [TestCase(1.0, "met")]
    [TestCase(0.9, "missed")]
    public void Without_a_ceiling_the_bar_alone_judges(double ratio, string expected) =>
        Verdicts.OfRate(0.97, ratio, null, null).Text().Should().Be(expected);

    [TestCase(0.4, "met")]
    [TestCase(0.41, "missed")]
    public void Processor_time_must_not_exceed_its_bar(double ratio, string expected) => Verdicts.OfProcessor(0.4, ratio).Text().Should().Be(expected);
}
