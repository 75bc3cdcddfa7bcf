using System.Diagnostics;
using System.Diagnostics.Tracing;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>Continuations that sleep uninterruptibly: the kernel completes nothing that such a thread submitted (kernel fact R10).</summary>
public sealed class UninterruptibleSleepTests
{
    private const int Readers = 16;
    private const int Rounds = 5;
    private const int FsyncMiB = 256;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(300);
    private static readonly byte[] s_chunk = new byte[4 << 20];

    [Test]
    public async Task In_thread_pool_mode_an_fsync_of_256_MiB_keeps_nobody_waiting_for_more_than_10_ms()
    {
        using TempFolder folder = new();
        await Figures.MedianShouldBeWithin(10, "ThreadPool, fsync of 256 MiB: longest wait of the others in each round", "ms", () =>
            Gaps(folder, ContinuationMode.ThreadPool, _ => WriteAndSync(folder["big"])));
    }

    [Test]
    public async Task In_thread_pool_mode_starting_processes_keeps_nobody_waiting_for_more_than_10_ms()
    {
        using TempFolder folder = new();
        await Figures.MedianShouldBeWithin(10, "ThreadPool, Process.Start in a loop: longest wait of the others in each round", "ms", () =>
            Gaps(folder, ContinuationMode.ThreadPool, static _ => StartProcess()));
    }

    [Test]
    public async Task In_adaptive_mode_starting_processes_stops_nobody()
    {
        using TempFolder folder = new();
        await Figures.MedianShouldBeWithin(1000, "Adaptive, Process.Start in a loop: longest wait of the others in each round", "ms", () =>
            Gaps(folder, ContinuationMode.Adaptive, static _ => StartProcess()));
    }

    [Test]
    public async Task An_adaptive_context_retreats_to_the_thread_pool_says_so_and_is_then_immune()
    {
        using TempFolder folder = new();
        using FullThreadPool pool = new();
        using RetreatListener listener = new();
        await using UringContext context = new();
        context.GetStatistics().HasRetreatedToThreadPool.Should().BeFalse();

        await using ReaderField others = await ReaderField.StartAsync(folder, context, Readers);
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        for (int attempt = 0; attempt < 10 && !context.GetStatistics().HasRetreatedToThreadPool; attempt++)
        {
            using SafeFileHandle dirty = Write(folder["big"]);
            Task<double> gap = others.WorstGapOfOthers(s_round);
            long started = Stopwatch.GetTimestamp();
            double lasted = 0;
            await runner.Run(() =>
            {
                RandomAccess.FlushToDisk(dirty);
                lasted = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            });
            Figures.Print("Adaptive: an fsync of 256 MiB on the pump took", lasted, "ms");
            Figures.Print("Adaptive: longest wait of the others meanwhile", await gap, "ms");
        }

        context.GetStatistics().HasRetreatedToThreadPool.Should().BeTrue();
        using CancellationTokenSource ended = new();
        Task syncing = SyncUntil(runner, folder["big"], ended.Token);
        await Figures.MedianShouldBeWithin(10, "after the retreat, fsync of 256 MiB in a loop: longest wait of the others in each round", "ms", () =>
            others.WorstGapsOfOthers(Rounds, s_round));
        await ended.CancelAsync();
        await Eventually.Ends(syncing);

        await Eventually.Holds(() => listener.Pump is not null, () => "no event");
        listener.Pump.Should().Be("uring-0");
    }

    [Test]
    public async Task A_context_whose_code_blocks_interruptibly_does_not_retreat()
    {
        using TempFolder folder = new();
        await Figures.MedianShouldBeWithin(10, "Adaptive, sleeps of 50 ms: longest wait of the others in each round", "ms", () =>
            Gaps(folder, ContinuationMode.Adaptive, static _ => Thread.Sleep(50), static statistics => statistics.HasRetreatedToThreadPool.Should().BeFalse()));
    }

    private static async Task<double[]> Gaps(TempFolder folder, ContinuationMode mode, Action<int> block, Action<UringStatistics>? check = null)
    {
        using FullThreadPool pool = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        await using ReaderField field = await ReaderField.StartAsync(folder, context, Readers, 1, block).ConfigureAwait(false);
        await Eventually.Holds(() => field.ReceivedBySlowest >= 10, () => $"the slowest has had {field.ReceivedBySlowest} messages").ConfigureAwait(false);
        double[] gaps = await field.WorstGapsOfOthers(Rounds, s_round).ConfigureAwait(false);
        UringStatistics statistics = context.GetStatistics();
        TestContext.Out.WriteLine($"{mode}: {statistics.Takeovers} takeovers, retreated: {statistics.HasRetreatedToThreadPool}, {field.ReceivedByBlockers} rounds of the one that blocks");
        check?.Invoke(statistics);
        return gaps;
    }

    private static async Task SyncUntil(PumpRunner runner, string path, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            await runner.RunAnywhere(() => WriteAndSync(path)).ConfigureAwait(false);
        }
    }

    private static SafeFileHandle Write(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        for (long offset = 0; offset < (long)FsyncMiB << 20; offset += s_chunk.Length)
        {
            RandomAccess.Write(handle, s_chunk, offset);
        }

        return handle;
    }

    private static void WriteAndSync(string path)
    {
        using SafeFileHandle handle = Write(path);
        RandomAccess.FlushToDisk(handle);
    }

    private static void StartProcess()
    {
        using var process = Process.Start("/bin/true");
        process.WaitForExit();
    }

    private sealed class RetreatListener : EventListener
    {
        /// <summary>The pump that has retreated.</summary>
        public string? Pump { get; private set; }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "UringSharp")
            {
                EnableEvents(eventSource, EventLevel.Warning);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData is { EventSource.Name: "UringSharp", EventId: 1 })
            {
                Pump = (string?)eventData.Payload![0];
            }
        }
    }
}
