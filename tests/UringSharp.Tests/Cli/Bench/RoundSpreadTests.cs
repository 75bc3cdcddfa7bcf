using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench;

public sealed class RoundSpreadTests
{
    [TestCase(new[] { 3.0 }, 3.0, 3.0, 3.0)]
    [TestCase(new[] { 9.0, 1.0, 2.0 }, 2.0, 1.0, 9.0)]
    [TestCase(new[] { 4.0, 1.0, 3.0, 2.0 }, 2.5, 1.0, 4.0)]
    public void The_median_is_the_middle_figure_or_lies_between_the_two(double[] figures, double median, double lowest, double highest) =>
        RoundSpread.Of(figures).Should().Be(new RoundSpread(median, lowest, highest));

    [Test]
    public void It_is_written_with_its_range() => RoundSpread.Of([1.234, 0.5, 2]).ToString().Should().Be("1.23 (0.50 to 2.00)");
}
