using UringSharp.Cli.Bench.Page;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench.Page;

public sealed class ShortfallTests
{
    [TestCase(0.9, 0.5, "ops/s", "0.90 of the ops/s of the best of .NET")]
    [TestCase(1.25, 0.5, "µs", "takes 1.25 of the time of the best of .NET")]
    [TestCase(2.0, 1.2, "ops/s", "1.20 of its CPU time")]
    public void What_is_slower_or_takes_more_of_the_processor_is_told(double ratio, double cpuRatio, string unit, string expected) =>
        Only(PageRows.Row("any", ratio, cpuRatio, unit)).What.Should().Equal(expected);

    [TestCase(1.0, 1.0, "ops/s")]
    [TestCase(0.996, 1.004, "ops/s", Description = "shown as 1.00")]
    [TestCase(0.5, 0.5, "µs")]
    public void What_is_as_fast_is_not(double ratio, double cpuRatio, string unit) => Shortfall.Of([PageRows.Row("any", ratio, cpuRatio, unit)]).Should().BeEmpty();

    [Test]
    public void So_is_a_missed_bar_though_it_is_faster()
    {
        JsonDetails details = PageRows.Details(verdicts: new JsonVerdict("ops/s", "2.00", "≥ 3.00", "missed", IsMet: false));

        Only(PageRows.Row("any", details: details)).What.Should().Equal("misses its bar: ops/s 2.00, bar ≥\u00a03.00");
    }

    [Test]
    public void A_known_reason_is_told() =>
        Only(PageRows.Row("any", 0.5, details: PageRows.Details(whyNotFaster: "because"))).Reasons.Should().Equal("because");

    [Test]
    public void So_is_that_the_baseline_differs_from_itself_as_much() =>
        Only(PageRows.Row("any", 0.9, details: PageRows.Details(again: new JsonSpread(1, 0.85, 1.1)))).Reasons.Should().ContainSingle().Which.Should().Contain("noise");

    [Test]
    public void Noise_that_is_smaller_is_no_reason() =>
        Only(PageRows.Row("any", 0.9, details: PageRows.Details(again: new JsonSpread(1, 0.95, 1.02)))).Reasons.Should().BeEmpty();

    [Test]
    public void So_is_that_there_was_no_ring() =>
        Only(PageRows.Row("any", 0.5, details: PageRows.Details(whyNotFaster: "because"), backend: "portable")).Reasons.Should().ContainSingle().Which.Should().Contain("portable");

    private static Shortfall Only(JsonRow row) => Shortfall.Of([row]).Should().ContainSingle().Subject;
}
