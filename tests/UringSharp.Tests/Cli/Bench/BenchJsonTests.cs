using System.Diagnostics;
using System.Text;
using System.Text.Json;
using UringSharp.Cli.Bench;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench;

public sealed class BenchJsonTests
{
    [Test]
    public void A_row_has_the_promised_members_and_two_for_the_rest()
    {
        JsonElement row = Serialize(Unit.OperationsPerSecond, withCeiling: true);

        row.EnumerateObject().Select(static member => member.Name).Should().Equal(
            "name", "unit", "ours", "baseline", "ceiling", "ratio", "cpu_ratio", "alloc_bytes_per_op", "rounds", "details", "run");
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
            .Should().Equal("baseline", "ceiling", "ratio", "cpu_ratio", "run");
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

    [Test]
    public void The_details_have_every_contender_every_bar_and_the_spread()
    {
        JsonElement details = Serialize(Unit.OperationsPerSecond, withCeiling: true).GetProperty("details");

        details.GetProperty("contenders").EnumerateArray().Select(static one => one.GetProperty("role").GetString()).Should().Equal("ours", "best", "ceiling");
        details.GetProperty("contenders")[0].GetProperty("cpu_microseconds").GetDouble().Should().Be(1);
        details.GetProperty("ratio").GetProperty("lowest").GetDouble().Should().Be(2);
        details.GetProperty("verdicts").EnumerateArray().Select(static one => one.GetProperty("bar").GetString()).Should().Equal("≥ 1.00", "≤ 1.00");
        details.GetProperty("verdicts").EnumerateArray().Should().OnlyContain(static one => one.GetProperty("is_met").GetBoolean());
    }

    [Test]
    public void Where_operations_were_timed_their_distribution_is_told()
    {
        long[] ticks = [.. Enumerable.Range(1, 1000).Select(static microseconds => microseconds * Stopwatch.Frequency / 1_000_000)];

        JsonLatencies latencies = JsonLatencies.Of(ticks)!;

        latencies.Count.Should().Be(1000);
        latencies.Values.Should().Equal(1, 101, 501, 901, 991, 1000, 1000);
        JsonLatencies.Of([]).Should().BeNull();
    }

    [Test]
    public void What_is_written_can_be_read_again()
    {
        byte[] written = BenchJson.Serialize([Result(Unit.Microseconds, withCeiling: true)]);

        BenchJson.Serialize(BenchJson.Deserialize(written)).Should().Equal(written);
    }

    [Test]
    public void So_can_results_of_old_which_have_no_details()
    {
        IReadOnlyList<JsonRow> rows = BenchJson.Deserialize("""
            [{"name":"a","unit":"ops/s","ours":1,"baseline":null,"ceiling":null,"ratio":null,"cpu_ratio":null,"alloc_bytes_per_op":0,"rounds":5}]
            """u8);

        rows.Should().ContainSingle().Which.Details.Should().BeNull();
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("[null]")]
    [TestCase("[{}]")]
    [TestCase("""[{"name":null,"unit":"ops/s","ours":1,"baseline":null,"ceiling":null,"ratio":null,"cpu_ratio":null,"alloc_bytes_per_op":0,"rounds":5}]""")]
    public void What_is_no_list_of_results_is_refused(string text)
    {
        Action read = () => BenchJson.Deserialize(Encoding.UTF8.GetBytes(text));

        read.Should().Throw<JsonException>();
    }

    private static JsonElement Serialize(Unit unit, bool withCeiling)
    {
        JsonElement root = JsonDocument.Parse(BenchJson.Serialize([Result(unit, withCeiling)])).RootElement;
        root.ValueKind.Should().Be(JsonValueKind.Array);
        return root[0];
    }

    private static RowResult Result(Unit unit, bool withCeiling) => new(
        new FakeRow(new Bars(1, 1), unit),
        Entrant(FakeContender.Lap(2_000_000, processorMicroseconds: 1, allocated: 500_000)),
        [Entrant(FakeContender.Lap(1_000_000, processorMicroseconds: 2))],
        Again: null,
        withCeiling ? Entrant(FakeContender.Lap(4_000_000)) : null);

    private static Entrant Entrant(Lap lap)
    {
        Entrant entrant = new(new FakeContender("any", []));
        entrant.Add(lap);
        return entrant;
    }
}
