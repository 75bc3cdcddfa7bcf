using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>What a context costs that has nothing or little to do.</summary>
public sealed class IdleCostTests
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(500);

    [Test]
    public async Task An_idle_context_does_not_wake_up_once_in_10_s()
    {
        using TempFolder folder = new();
        IReadOnlyList<int> strangers = ProcessFacts.ThreadIds("uring-");
        await using UringContext context = new();
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        Task<int> pending = fifo.Reader.ReadAsync(new byte[8]).AsTask();

        // User code on the pump: there is somebody to look after it.
        await runner.Run(static () => { });
        int[] threads = [.. ProcessFacts.ThreadIds("uring-").Except(strangers)];
        threads.Should().HaveCountGreaterThan(1, "the monitor must be there, or this test says nothing");
        await Quiet(threads);

        var before = threads.ToDictionary(static id => id, ContextSwitches);
        await Task.Delay(TimeSpan.FromSeconds(10));
        long wakeUps = threads.Sum(id => ContextSwitches(id) - before[id]);

        Figures.Print($"wake-ups of {threads.Length} pump threads in 10 s of idleness", wakeUps, string.Empty);
        wakeUps.Should().Be(0);
        pending.IsCompleted.Should().BeFalse();
        fifo.CloseWriter();
        await Eventually.Ends((Task)pending);
    }

    [Test]
    public async Task The_cost_of_ten_completions_a_second_is_stated([Values(ContinuationMode.Adaptive, ContinuationMode.ThreadPool)] ContinuationMode mode)
    {
        const int messages = 15;
        using TempFolder folder = new();
        IReadOnlyList<int> strangers = ProcessFacts.ThreadIds("uring-");
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        await runner.RunAnywhere(static () => { });
        await runner.RunAnywhere(static () => { });
        int[] threads = [.. ProcessFacts.ThreadIds("uring-").Except(strangers)];
        await Quiet(threads);

        Dictionary<int, (long Switches, long Time)> before = threads.ToDictionary(static id => id, static id => (ContextSwitches(id), Footprint.ProcessorNanoseconds(id)));
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < messages; i++)
        {
            await Task.Delay(100);
            await runner.RunAnywhere(static () => { });
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double switches = threads.Sum(id => ContextSwitches(id) - before[id].Switches);
        double nanoseconds = threads.Sum(id => Footprint.ProcessorNanoseconds(id) - before[id].Time);
        Figures.Print($"{mode}, 10 completions a second: wake-ups of the pump's {threads.Length} threads", switches / seconds, "a second");
        Figures.Print($"{mode}, 10 completions a second: their processor time", nanoseconds / seconds / 1000, "µs a second");

        // The leader is woken for the request and for its answer; a monitor adds a few ticks to each.
        (switches / messages).Should().BeLessThan(15);
    }

    private static long ContextSwitches(int threadId) => ProcessFacts.ContextSwitches(threadId);

    /// <summary>Waits until none of the threads has woken up for a while.</summary>
    private static async Task Quiet(int[] threads)
    {
        long seen = -1;
        long since = Stopwatch.GetTimestamp();
        await Eventually.Holds(
            () =>
            {
                long now = threads.Sum(ContextSwitches);
                if (now != seen)
                {
                    seen = now;
                    since = Stopwatch.GetTimestamp();
                }

                return Stopwatch.GetElapsedTime(since) > s_quiet;
            },
            () => $"{seen} context switches and no end").ConfigureAwait(false);
    }
}
