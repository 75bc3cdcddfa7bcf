using System.Diagnostics;
using System.Text.Json;
using UringSharp.Cli.Bench;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Pipes;

namespace UringSharp.Tests.Cli.Bench;

public sealed class LapTests
{
    private static readonly Lap s_lap = new(
        4, 8_000_000, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), Allocated: 100, Threads: 3, [], [new Finding("threads left", "", 2), new Finding("heap", "B", 1.5)]);

    [TestCase("OperationsPerSecond", 2)]
    [TestCase("MegabytesPerSecond", 4)]
    [TestCase("Microseconds", 500_000)]
    [TestCase("WaitingReads", 4)]
    public void Its_figure_is_what_the_row_counts(string unit, double figure) => s_lap.Figure(Enum.Parse<Unit>(unit)).Should().BeApproximately(figure, 1e-6);

    [Test]
    public void Where_each_operation_was_timed_their_median_is_the_time_of_one()
    {
        Lap lap = s_lap with { Operations = 3, Latencies = [Stopwatch.Frequency, 3 * Stopwatch.Frequency, 100 * Stopwatch.Frequency] };

        lap.Figure(Unit.Microseconds).Should().BeApproximately(3e6, 1e-3);
    }

    [Test]
    public void Where_some_were_it_is_the_mean_of_all()
    {
        Lap lap = s_lap with { Latencies = [Stopwatch.Frequency, 3 * Stopwatch.Frequency] };

        lap.Figure(Unit.Microseconds).Should().BeApproximately(500_000, 1e-6);
    }

    [TestCase("MegabytesPerSecond", 125_000)]
    [TestCase("Microseconds", 250_000)]
    [TestCase("WaitingReads", 250_000)]
    public void Its_processor_time_is_that_of_an_operation_or_a_megabyte(string unit, double microseconds) =>
        s_lap.ProcessorMicroseconds(Enum.Parse<Unit>(unit)).Should().BeApproximately(microseconds, 1e-6);

    [Test]
    public void What_another_process_tells_of_it_is_all_of_it()
    {
        Lap lap = s_lap with { Latencies = [1, 2, 3] };

        string line = JsonSerializer.Serialize(lap, ContenderJson.Default.Lap);

        line.Should().NotContain("\n");
        JsonSerializer.Deserialize(line, ContenderJson.Default.Lap).Should().BeEquivalentTo(lap);
    }
}
