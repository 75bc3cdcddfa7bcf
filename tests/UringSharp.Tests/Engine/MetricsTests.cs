using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>The meter "UringSharp". Other contexts of the process, that of the test host's own use too, count in it: only growth is looked at.</summary>
[NonParallelizable]
public sealed class MetricsTests
{
    [Test]
    public async Task What_rings_do_is_told_to_a_listener_and_stays_told_when_they_have_ended()
    {
        using Listener listener = new();
        Dictionary<string, double> before = listener.Observe();
        UringContext context = new();
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        byte[] buffer = new byte[8];
        for (int i = 0; i < 10; i++)
        {
            ValueTask<int> reading = reader.ReadAsync(buffer);
            await writer.WriteAsync(new byte[8]);
            (await reading).Should().Be(8);
        }

        using CancellationTokenSource source = new();
        ValueTask<PipeReadResult> cancelled = reader.TryReadAsync(buffer, source.Token);
        await Eventually.Holds(() => context.GetStatistics().InFlight > 0, () => "the read is not in flight");
        Dictionary<string, double> meanwhile = listener.Observe();
        await source.CancelAsync();
        (await cancelled).IsCanceled.Should().BeTrue();
        context.GetStatistics().Cancellations.Should().Be(1);
        await reader.DisposeAsync();
        await writer.DisposeAsync();
        await context.DisposeAsync();
        Dictionary<string, double> after = listener.Observe();

        GrowthOfRings(before, meanwhile).Should().Be(1);
        Growth(before, meanwhile, "uringsharp.in_flight").Should().BePositive();
        Growth(before, meanwhile, "uringsharp.threads").Should().BePositive();
        GrowthOfRings(before, after).Should().Be(0);
        Growth(before, after, "uringsharp.submissions").Should().BeGreaterThanOrEqualTo(2);
        Growth(before, after, "uringsharp.completions").Should().BeGreaterThanOrEqualTo(2);
        Growth(before, after, "uringsharp.batches").Should().BePositive();
        Growth(before, after, "uringsharp.wakeups").Should().BePositive();
        Growth(before, after, "uringsharp.cancellations cancelled").Should().Be(1);
        after.Should().ContainKeys(
            "uringsharp.overflows", "uringsharp.takeovers", "uringsharp.spilled_continuations", "uringsharp.cancellations too_late", "uringsharp.io_wq.threads", "uringsharp.io_wq.time");
        await Eventually.Holds(() => listener.Recorded("uringsharp.queue.delay") > 0, () => "no delay was recorded");
    }

    [Test]
    public async Task Whether_the_page_cache_had_the_bytes_is_counted_while_somebody_listens()
    {
        using TempFolder folder = new(Path.GetDirectoryName(typeof(MetricsTests).Assembly.Location));
        string path = folder.File("file", new byte[4096]);
        await using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read);
        byte[] buffer = new byte[512];
        await file.ReadAsync(buffer, 0);
        if (!await ProbesAsync(file, buffer))
        {
            Assert.Ignore("The file system of the tests cannot tell what is cached.");
        }

        using Listener listener = new();
        for (int i = 0; i < 5; i++)
        {
            (await file.ReadAsync(buffer, i * 512)).Should().Be(512);
        }

        listener.Recorded("uringsharp.page_cache.reads hit").Should().BeGreaterThanOrEqualTo(5);
    }

    [Test]
    public async Task A_listener_that_waits_for_a_ring_while_it_is_told_of_an_instrument_gets_it()
    {
        ChildResult child = await TestChild.RunAsync("listen-to-creation", "wait");

        child.ShouldHaveSucceeded()["another ring"].Should().Be("has ended");
    }

    [Test]
    public async Task A_listener_that_throws_keeps_no_ring_from_being_made_and_leaks_none()
    {
        ChildResult child = await TestChild.RunAsync("listen-to-creation", "throw");

        child.ShouldHaveSucceeded()["more descriptors"].Should().Be("0");
    }

    private static async Task<bool> ProbesAsync(UringFile file, byte[] buffer)
    {
        using Listener listener = new();
        await file.ReadAsync(buffer, 0);
        return listener.Recorded("uringsharp.page_cache.reads hit") > 0;
    }

    private static double GrowthOfRings(Dictionary<string, double> before, Dictionary<string, double> after) =>
        Growth(before, after, "uringsharp.rings uring") + Growth(before, after, "uringsharp.rings portable");

    private static double Growth(Dictionary<string, double> before, Dictionary<string, double> after, string name) => after[name] - before.GetValueOrDefault(name);

    /// <summary>Collects what the meter tells.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, double> _recorded = new();
        private Dictionary<string, double> _observed = [];

        public Listener()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "UringSharp")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, measurement, tags, _) => Take(instrument, measurement, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, measurement, tags, _) => Take(instrument, measurement, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, measurement, tags, _) => Take(instrument, measurement, tags));
            _listener.Start();
        }

        public void Dispose() => _listener.Dispose();

        public Dictionary<string, double> Observe()
        {
            _observed = [];
            _listener.RecordObservableInstruments();
            return _observed;
        }

        public double Recorded(string name) => _recorded.GetValueOrDefault(name);

        private void Take(Instrument instrument, double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string name = tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}";
            if (instrument.IsObservable)
            {
                _observed[name] = measurement;
            }
            else
            {
                _recorded.AddOrUpdate(name, 1, static (_, count) => count + 1);
            }
        }
    }
}
