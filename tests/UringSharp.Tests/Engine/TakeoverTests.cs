using System.Buffers;
using System.Diagnostics;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>
/// Continuations that block on the pump. 72 readers; the first few block, the others go on. The measured figure is how long a message waited for one of the others:
/// written, but not yet in its reader's continuation.
/// </summary>
public sealed class TakeoverTests
{
    private const int Readers = 72;
    private const int Rounds = 5;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(20);

    [Test]
    public async Task With_one_reader_that_blocks_nobody_else_waits_for_more_than_10_ms([Values(ContinuationMode.Adaptive, ContinuationMode.ThreadPool)] ContinuationMode mode)
    {
        using TempFolder folder = new();
        using FullThreadPool pool = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        await using ReaderField field = await ReaderField.StartAsync(folder, context, Readers, 1, static _ => Thread.Sleep(s_block));
        await WarmUp(field);

        await Figures.MedianShouldBeWithin(10, $"{mode}, 1 blocks: longest wait of the others in each round", "ms", () => field.WorstGapsOfOthers(Rounds, s_round));
        Report(context, field);
    }

    [TestCase(4)]
    [TestCase(64)]
    public async Task With_many_readers_that_block_the_others_get_on_within_a_second(int blockers)
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        await using ReaderField field = await ReaderField.StartAsync(folder, context, Readers, blockers, static _ => Thread.Sleep(s_block));
        await WarmUp(field);

        await Figures.MedianShouldBeWithin(1000, $"Adaptive, {blockers} block: longest wait of the others in each round", "ms", () => field.WorstGapsOfOthers(Rounds, s_round));
        Report(context, field);
        PumpThreadsShouldStayUnderTheCap(context);
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(64)]
    public async Task Readers_that_wait_synchronously_for_a_read_of_a_file_never_deadlock(int blockers)
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        IMemoryOwner<byte>[] memory = [.. Enumerable.Range(0, blockers).Select(_ => file.Rent())];
        await using ReaderField field = await ReaderField.StartAsync(
            folder, context, Readers, blockers, i => file.File.ReadAsync(memory[i].Memory, 0).AsTask().GetAwaiter().GetResult());
        await WarmUp(field);

        await Figures.MedianShouldBeWithin(1000, $"Adaptive, {blockers} wait for a direct read: longest wait of the others in each round", "ms", () => field.WorstGapsOfOthers(Rounds, s_round));
        Report(context, field);
        field.ReceivedByBlockers.Should().BeGreaterThan(blockers);
        PumpThreadsShouldStayUnderTheCap(context);
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(64)]
    public async Task Readers_that_wait_synchronously_for_a_message_never_deadlock(int blockers)
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        Fifo[] inner = [.. await Task.WhenAll(Enumerable.Range(0, blockers).Select(i => Fifo.OpenAsync(folder.Fifo($"inner-{i}"), context)))];
        int[] waits = new int[blockers];
        bool isEnded = false;
        Thread writer = new(() =>
        {
            // Every 20 ms, a message for each one that waits.
            while (!Volatile.Read(ref isEnded))
            {
                Thread.Sleep(s_block);
                for (int i = 0; i < blockers; i++)
                {
                    if (Interlocked.Exchange(ref waits[i], 0) != 0)
                    {
                        inner[i].Write();
                    }
                }
            }
        });
        writer.Start();
        ReaderField field = await ReaderField.StartAsync(folder, context, Readers, blockers, i =>
        {
            var read = inner[i].Reader.ReadAsync(new byte[8]).AsTask();
            Volatile.Write(ref waits[i], 1);
            read.GetAwaiter().GetResult();
        });
        await WarmUp(field);

        await Figures.MedianShouldBeWithin(
            blockers == 1 ? 10 : 1000, $"Adaptive, {blockers} wait for a message: longest wait of the others in each round", "ms", () => field.WorstGapsOfOthers(Rounds, s_round));
        Report(context, field);
        long received = field.ReceivedByBlockers;
        PumpThreadsShouldStayUnderTheCap(context);
        await field.DisposeAsync();
        Volatile.Write(ref isEnded, true);
        writer.Join();
        Array.ForEach(inner, static fifo => fifo.Dispose());

        received.Should().BeGreaterThan(blockers);
    }

    [TestCase(12)]
    [TestCase(CompletionPump.MaxDeputies + 4)]
    public async Task Those_who_block_for_ever_stop_nobody_else(int blockers)
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using ManualResetEventSlim gate = new();
        int inside = 0;
        await using ReaderField field = await ReaderField.StartAsync(folder, context, Readers, blockers, _ =>
        {
            Interlocked.Increment(ref inside);
            gate.Wait();
        });
        try
        {
            await WarmUp(field);
            await Eventually.Holds(() => Volatile.Read(ref inside) == blockers, () => $"{inside} block");
            long before = field.ReceivedBySlowest;
            Figures.Print($"Adaptive, {blockers} block for ever: longest wait of the others in each round", await field.WorstGapsOfOthers(3, s_round), "ms");
            Report(context, field);
            await Eventually.Holds(() => field.ReceivedBySlowest > before + 10, () => $"the slowest has had {field.ReceivedBySlowest - before} messages");
        }
        finally
        {
            gate.Set();
        }
    }

    [Test]
    public async Task Deputies_leave_when_they_have_been_idle_for_long()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        await using (ReaderField field = await ReaderField.StartAsync(folder, context, Readers, 16, static _ => Thread.Sleep(s_block)))
        {
            await Eventually.Holds(() => context.GetStatistics().PumpThreads > 4, () => $"{context.GetStatistics().PumpThreads} pump threads");
        }

        long started = Stopwatch.GetTimestamp();
        await Eventually.Holds(
            () => context.GetStatistics().PumpThreads == 2, () => $"{context.GetStatistics().PumpThreads} pump threads", TimeSpan.FromSeconds(15));

        Figures.Print("the last idle deputy left after", Stopwatch.GetElapsedTime(started).TotalSeconds, "s");
    }

    [Test]
    public async Task After_a_takeover_a_ping_is_as_quick_as_before()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Ping ping = await Ping.StartAsync(folder, context);
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        await runner.Run(static () => { });
        await ping.MedianMicroseconds(5_000);
        await Figures.MedianShouldBeWithin(1.1, "round trip after a takeover / before it", string.Empty, async () =>
        {
            List<double> before = [];
            List<double> after = [];
            for (int round = 0; round < Rounds; round++)
            {
                before.Add(await ping.MedianMicroseconds(1_000));
                long takeovers = context.GetStatistics().Takeovers;
                await runner.Run(static () => Thread.Sleep(s_block));
                await Eventually.Holds(() => context.GetStatistics().Takeovers > takeovers, () => "nobody took over");
                after.Add(await ping.MedianMicroseconds(1_000));
            }

            Figures.Print("round trip before", before, "µs");
            Figures.Print("round trip after a takeover", after, "µs");
            return [.. before.Zip(after, static (b, a) => a / b)];
        });
    }

    [Test]
    public async Task Inline_a_continuation_that_blocks_stops_the_others_and_they_go_on_afterwards()
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
        await using ReaderField field = await ReaderField.StartAsync(folder, context, 8);
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim gate = new();
        Task blocked = runner.Run(() =>
        {
            inside.Set();
            gate.Wait();
        });
        inside.Wait(Eventually.Deadline).Should().BeTrue();

        long before = field.ReceivedByOthers;
        await Task.Delay(100);
        long during = field.ReceivedByOthers;
        gate.Set();
        await Eventually.Ends(blocked);

        during.Should().Be(before, "this is what inline means");
        context.GetStatistics().Takeovers.Should().Be(0);
        await Eventually.Holds(() => field.ReceivedBySlowest > during, () => "the others do not go on");
    }

    [Test]
    public async Task Inline_every_continuation_runs_on_the_pump_however_many_there_are()
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
        int elsewhere = 0;
        await using (ReaderField field = await ReaderField.StartAsync(folder, context, Readers, Readers, _ =>
        {
            Thread.SpinWait(2_000);
            if (PumpThread.Current is null)
            {
                Interlocked.Increment(ref elsewhere);
            }
        }))
        {
            await Eventually.Holds(() => field.ReceivedByBlockers > 5_000, () => $"{field.ReceivedByBlockers} messages");
        }

        // An answer that was there when it was awaited makes no continuation; those went on where they were.
        elsewhere.Should().Be(0);
        context.GetStatistics().SpilledContinuations.Should().Be(0);
    }

    [Test]
    public async Task In_thread_pool_mode_no_user_code_runs_on_a_pump_thread()
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.ThreadPool });
        int onPump = 0;
        await using (ReaderField field = await ReaderField.StartAsync(folder, context, Readers, Readers, _ =>
        {
            if (PumpThread.Current is not null || Thread.CurrentThread.Name?.StartsWith("uring-", StringComparison.Ordinal) == true)
            {
                Interlocked.Increment(ref onPump);
            }
        }))
        {
            await Eventually.Holds(() => field.ReceivedByBlockers > 5_000, () => $"{field.ReceivedByBlockers} messages");
        }

        onPump.Should().Be(0);
        context.GetStatistics().PumpThreads.Should().Be(1, "there is nobody to be overtaken");
    }

    [Test]
    public async Task In_adaptive_mode_user_code_runs_on_the_pump_as_long_as_it_is_quick()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        int onPump = 0;
        int all = 0;
        await using (ReaderField field = await ReaderField.StartAsync(folder, context, 4, 4, _ =>
        {
            Interlocked.Increment(ref all);
            if (PumpThread.Current is not null)
            {
                Interlocked.Increment(ref onPump);
            }
        }))
        {
            await Eventually.Holds(() => field.ReceivedByBlockers > 2_000, () => $"{field.ReceivedByBlockers} messages");
        }

        Figures.Print("continuations on the pump", 100.0 * onPump / all, "%");
        (onPump * 2).Should().BeGreaterThan(all);
    }

    [Test]
    public async Task An_operation_started_by_an_overtaken_thread_is_submitted_all_the_same()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        using IMemoryOwner<byte> memory = file.Rent();
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        for (int i = 0; i < 50; i++)
        {
            long takeovers = context.GetStatistics().Takeovers;
            Task<int>? read = null;
            await runner.Run(() =>
            {
                SpinWait.SpinUntil(() => context.GetStatistics().Takeovers > takeovers, Eventually.Deadline).Should().BeTrue();
                read = file.File.ReadAsync(memory.Memory, 0).AsTask();
            });

            (await Eventually.Ends(read!)).Should().Be(DirectFile.BlockSize);
        }
    }

    private static void PumpThreadsShouldStayUnderTheCap(UringContext context) =>
        context.GetStatistics().PumpThreads.Should().BeLessThanOrEqualTo(CompletionPump.MaxDeputies + 1);

    /// <summary>Everybody has had a few messages: the code is compiled, the pump has its threads.</summary>
    private static Task WarmUp(ReaderField field) =>
        Eventually.Holds(() => field.ReceivedBySlowest >= 10, () => $"the slowest has had {field.ReceivedBySlowest} messages");

    private static void Report(UringContext context, ReaderField field)
    {
        UringStatistics statistics = context.GetStatistics();
        TestContext.Out.WriteLine(
            $"  {statistics.PumpThreads} pump threads, {statistics.Takeovers} takeovers, {field.ReceivedByBlockers} messages for those that block, {field.ReceivedByOthers} for the others");
    }
}
