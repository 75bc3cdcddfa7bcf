using System.Text.Json;
using UringSharp.Cli.Bench;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench;

public sealed class BenchJsonTests
{
    [Test]
    public void A_row_has_the_promised_members_and_no_others()
    {
        JsonElement row = Serialize(Unit.OperationsPerSecond, withCeiling: true);

        row.EnumerateObject().Select(static member => member.Name).Should().Equal(
            "name", "unit", "ours", "baseline", "ceiling", "ratio", "cpu_ratio", "alloc_bytes_per_op", "rounds");
        row.GetProperty("name").GetString().Should().Be("fake-4k");
        row.GetProperty("unit").GetString().Should().Be("ops/s");
        row.GetProperty("ours").GetDouble().Should().Be(2_000_000);
        row.GetProperty("baseline").GetDouble().Should().Be(1_000_000);
        row.GetProperty("ceiling").GetDouble().Should().Be(4_000_000);
        row.GetProperty("ratio").GetDouble().Should().Be(2);
        row.GetProperty("cpu_ratio").GetDouble().Should().Be(0.5);
        row.GetProperty("alloc_bytes_per_op").GetDouble().Should().Be(0.25);
        row.GetProperty("rounds").GetInt32().Should().Be(1);
    }

    [Test]
    public void Where_there_is_no_ceiling_it_is_null() =>
        Serialize(Unit.OperationsPerSecond, withCeiling: false).GetProperty("ceiling").ValueKind.Should().Be(JsonValueKind.Null);

    [Test]
    public void Where_there_is_no_baseline_it_is_null_as_the_ratios_are()
    {
        RowResult result = new(new FakeRow(new Bars()), Entrant(FakeContender.Lap(1)), [], Again: null, Ceiling: null);

        JsonElement row = JsonDocument.Parse(BenchJson.Serialize([result])).RootElement[0];

        row.EnumerateObject().Where(static member => member.Value.ValueKind == JsonValueKind.Null).Select(static member => member.Name)
            .Should().Equal("baseline", "ceiling", "ratio", "cpu_ratio");
    }

    [Test]
    public void Times_are_told_in_microseconds_and_compared_as_times()
    {
        JsonElement row = Serialize(Unit.Microseconds, withCeiling: true);

        row.GetProperty("unit").GetString().Should().Be("µs");
        row.GetProperty("ours").GetDouble().Should().Be(0.5);
        row.GetProperty("baseline").GetDouble().Should().Be(1);
        row.GetProperty("ratio").GetDouble().Should().Be(0.5, "ours takes half the time");
    }

    [Test]
    public void Bytes_are_counted_in_megabytes_a_second()
    {
        JsonElement row = Serialize(Unit.MegabytesPerSecond, withCeiling: true);

        row.GetProperty("unit").GetString().Should().Be("MB/s");
        row.GetProperty("ours").GetDouble().Should().Be(20);
    }

    private static JsonElement Serialize(Unit unit, bool withCeiling)
    {
        RowResult result = new(
            new FakeRow(new Bars(1, 1), unit),
            Entrant(FakeContender.Lap(2_000_000, processorMicroseconds: 1, allocated: 500_000)),
            [Entrant(FakeContender.Lap(1_000_000, processorMicroseconds: 2))],
            Again: null,
            withCeiling ? Entrant(FakeContender.Lap(4_000_000)) : null);
        JsonElement root = JsonDocument.Parse(BenchJson.Serialize([result])).RootElement;
        root.ValueKind.Should().Be(JsonValueKind.Array);
        return root[0];
    }

    private static Entrant Entrant(Lap lap)
    {
        Entrant entrant = new(new FakeContender("any", []));
        entrant.Add(lap);
        return entrant;
    }
}
