using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>Ending a context, from everywhere and at every moment: a sentence with an end (law 7).</summary>
public sealed class ContextDisposalTests
{
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(5);

    [Test]
    public async Task A_pending_read_ends_with_ObjectDisposedException()
    {
        using TempFolder folder = new();
        UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        Task<int> read = fifo.Reader.ReadAsync(new byte[8]).AsTask();

        context.Dispose();

        (await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<ObjectDisposedException>())
            .Which.ObjectName.Should().Be(typeof(UringContext).FullName);
    }

    [Test]
    public async Task Reads_that_wait_behind_another_one_end_too()
    {
        using TempFolder folder = new();
        UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        Task[] reads = [.. Enumerable.Range(0, 20).Select(_ => fifo.Reader.ReadAsync(new byte[8]).AsTask())];

        context.Dispose();

        foreach (Task read in reads)
        {
            await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().NotThrowAsync();
            read.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
        }
    }

    [Test]
    public async Task Disposing_again_does_nothing()
    {
        UringContext context = new();
        context.Dispose();

        context.Dispose();
        await context.DisposeAsync();
        context.Dispose();

        context.GetStatistics().InFlight.Should().Be(0);
    }

    [Test]
    public async Task Many_threads_may_dispose_at_once_and_each_returns_after_the_end([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        for (int round = 0; round < 50; round++)
        {
            int mappings = ProcessFacts.RingMappings;
            UringContext context = new(new UringOptions { Continuations = mode });
            using Fifo fifo = await Fifo.OpenAsync(folder.Fifo($"fifo-{round}"), context);
            Task read = fifo.Reader.ReadAsync(new byte[8]).AsTask();
            using Barrier barrier = new(4);
            Task<int>[] disposing = [.. Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    if (i % 2 == 0)
                    {
                        context.Dispose();
                    }
                    else
                    {
                        context.DisposeAsync().AsTask().Wait();
                    }

                    return ProcessFacts.RingMappings;
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];

            int[] mapped = await Eventually.Ends(Task.WhenAll(disposing));
            mapped.Should().OnlyContain(count => count == mappings, "nobody returns before the ring is gone");
            await Eventually.Ends(read);
        }
    }

    [Test]
    public async Task A_continuation_on_the_pump_may_dispose_its_own_context(
        [Values(ContinuationMode.Adaptive, ContinuationMode.Inline)] ContinuationMode mode, [Values] bool hasOtherReads)
    {
        using TempFolder folder = new();
        UringContext context = new(new UringOptions { Continuations = mode });
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        using Fifo other = await Fifo.OpenAsync(folder.Fifo("other"), context);
        Task read = hasOtherReads ? other.Reader.ReadAsync(new byte[8]).AsTask() : Task.CompletedTask;

        await Eventually.Ends(runner.Run(context.Dispose), s_atOnce);

        await Eventually.Ends(context.DisposeAsync().AsTask(), s_atOnce);
        await Eventually.Ends(read, s_atOnce);
    }

    [Test]
    public async Task A_continuation_on_the_pump_may_await_the_end_of_its_own_context([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);

        async Task ReadThenDispose()
        {
            for (int i = 0; i < 20; i++)
            {
                await fifo.Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
            }

            await context.DisposeAsync().ConfigureAwait(false);
        }

        Task disposing = ReadThenDispose();
        for (int i = 0; i < 20; i++)
        {
            fifo.Write();
        }

        await Eventually.Ends(disposing, s_atOnce);
        await disposing;
    }

    [Test]
    public async Task Disposing_waits_for_no_continuation_that_blocks([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        UringContext context = new(new UringOptions { Continuations = mode });
        using ManualResetEventSlim gate = new();
        using ManualResetEventSlim inside = new();
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        using Fifo other = await Fifo.OpenAsync(folder.Fifo("other"), context);
        Task read = other.Reader.ReadAsync(new byte[8]).AsTask();
        Action block = () =>
        {
            inside.Set();
            gate.Wait();
        };
        Task blocked = mode == ContinuationMode.ThreadPool ? runner.RunAnywhere(block) : runner.Run(block);
        inside.Wait(Eventually.Deadline).Should().BeTrue();

        try
        {
            await Eventually.Ends(Task.Factory.StartNew(context.Dispose, TaskCreationOptions.LongRunning), s_atOnce);
            await Eventually.Ends(read, s_atOnce);
        }
        finally
        {
            gate.Set();
        }

        await Eventually.Ends(blocked);
    }

    [Test]
    public async Task Disposing_waits_for_no_continuation_even_where_they_block_every_pump_thread()
    {
        using TempFolder folder = new();
        int pumpThreads = ProcessFacts.PumpThreads;
        UringContext context = new();
        const int blockers = CompletionPump.MaxDeputies + 4;
        using ManualResetEventSlim gate = new();
        int inside = 0;
        var runners = new PumpRunner[blockers];
        for (int i = 0; i < blockers; i++)
        {
            runners[i] = await PumpRunner.CreateAsync(folder, context, $"fifo-{i}");
        }

        await runners[0].Run(static () => { });
        List<Task> blocked = [];
        try
        {
            // One after the other, each on the pump as long as a thread of it is free, then on the pool.
            foreach (PumpRunner runner in runners)
            {
                blocked.Add(runner.RunAnywhere(() =>
                {
                    Interlocked.Increment(ref inside);
                    gate.Wait();
                }));
                await Eventually.Holds(() => Volatile.Read(ref inside) == blocked.Count || inside > CompletionPump.MaxDeputies, () => $"{inside} block");
            }

            Figures.Print("pump threads, all but one in user code", context.GetStatistics().PumpThreads, string.Empty);
            await Eventually.Ends(Task.Factory.StartNew(context.Dispose, TaskCreationOptions.LongRunning), s_atOnce);
        }
        finally
        {
            gate.Set();
        }

        await Eventually.Ends(Task.WhenAll(blocked));
        Array.ForEach(runners, static runner => runner.Dispose());
        await Eventually.Holds(() => ProcessFacts.PumpThreads == pumpThreads, () => $"{ProcessFacts.PumpThreads - pumpThreads} pump threads live on");
    }

    [Test]
    public async Task A_blocking_continuation_may_go_on_with_the_context_after_its_end([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        UringContext context = new(new UringOptions { Continuations = mode });
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim gate = new();
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        using Fifo other = await Fifo.OpenAsync(folder.Fifo("other"), context);
        Action block = () =>
        {
            inside.Set();
            gate.Wait();
            other.Reader.ReadAsync(new byte[8]).AsTask().GetAwaiter().GetResult();
        };
        Task blocked = mode == ContinuationMode.ThreadPool ? runner.RunAnywhere(block) : runner.Run(block);
        inside.Wait(Eventually.Deadline).Should().BeTrue();

        await Eventually.Ends(Task.Factory.StartNew(context.Dispose, TaskCreationOptions.LongRunning), s_atOnce);
        gate.Set();

        await FluentActions.Awaiting(() => Eventually.Ends(blocked, s_atOnce)).Should().NotThrowAsync();
        await FluentActions.Awaiting(() => blocked).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Continuations_do_not_run_inside_Dispose([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        int disposer = 0;
        bool ranInside = false;

        async Task Read()
        {
            try
            {
                await fifo.Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                ranInside = Environment.CurrentManagedThreadId == Volatile.Read(ref disposer);
            }
        }

        Task reading = Read();
        await Task.Factory.StartNew(
            () =>
            {
                Volatile.Write(ref disposer, Environment.CurrentManagedThreadId);
                context.Dispose();
                Volatile.Write(ref disposer, 0);
            },
            TaskCreationOptions.LongRunning);
        await Eventually.Ends(reading);

        ranInside.Should().BeFalse();
    }

    [Test]
    public async Task Disposing_the_default_context_does_nothing()
    {
        using TempFolder folder = new();
        UringContext.Default.Dispose();
        await UringContext.Default.DisposeAsync();

        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), UringContext.Default);
        ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8]);
        fifo.Write();

        (await Eventually.Ends(read.AsTask())).Should().Be(8);
    }
}
