using System.Collections.Concurrent;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>Where a continuation runs and what it finds there: SynchronizationContext, TaskScheduler, ExecutionContext, as with any other await.</summary>
public sealed class ContinuationContextTests
{
    private static readonly AsyncLocal<string?> s_local = new();

    [Test]
    public async Task A_captured_SynchronizationContext_gets_the_continuation([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using SingleThread thread = new();

        Task<int> continued = await thread.Run(async () =>
        {
            (await fifo.Reader.ReadAsync(new byte[8])).Should().Be(8);
            SynchronizationContext.Current.Should().BeSameAs(thread);
            return Environment.CurrentManagedThreadId;
        });
        fifo.Write();

        (await Eventually.Ends(continued)).Should().Be(thread.ThreadId);
    }

    [Test]
    public async Task ConfigureAwait_false_leaves_it_alone([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using SingleThread thread = new();

        Task<(int ThreadId, SynchronizationContext? Current)> continued = await thread.Run(async () =>
        {
            await fifo.Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
            return (Environment.CurrentManagedThreadId, SynchronizationContext.Current);
        });
        fifo.Write();

        (int threadId, SynchronizationContext? current) = await Eventually.Ends(continued);
        threadId.Should().NotBe(thread.ThreadId);
        current.Should().BeNull();
    }

    [Test]
    public async Task A_captured_TaskScheduler_gets_the_continuation([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        TaskScheduler scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;

        Task<TaskScheduler> continued = await Task.Factory.StartNew(
            async () =>
            {
                (await fifo.Reader.ReadAsync(new byte[8])).Should().Be(8);
                return TaskScheduler.Current;
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            scheduler);
        fifo.Write();

        (await Eventually.Ends(continued)).Should().BeSameAs(scheduler);
    }

    [Test]
    public async Task The_ExecutionContext_flows_to_the_continuation([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        Fifo[] fifos = [.. await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Fifo.OpenAsync(folder.Fifo($"fifo-{i}"), context)))];

        async Task<string?> Read(int i)
        {
            s_local.Value = $"caller {i}";
            await fifos[i].Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
            string? first = s_local.Value;
            s_local.Value = "changed";
            await fifos[i].Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
            return $"{first}, {s_local.Value}";
        }

        long completions = context.GetStatistics().Completions;
        Task<string?>[] reads = [.. Enumerable.Range(0, fifos.Length).Select(Read)];
        for (int round = 0; round < 2; round++)
        {
            await Eventually.Holds(() => context.GetStatistics().InFlight == fifos.Length, () => $"{context.GetStatistics().InFlight} in flight");
            Array.ForEach(fifos, static fifo => fifo.Write());
            await Eventually.Holds(() => context.GetStatistics().Completions >= completions + (fifos.Length * (round + 1)), () => $"{context.GetStatistics().Completions} completed");
        }

        (await Eventually.Ends(Task.WhenAll(reads))).Should().Equal(Enumerable.Range(0, fifos.Length).Select(i => $"caller {i}, changed"));
        s_local.Value.Should().BeNull();
        Array.ForEach(fifos, static fifo => fifo.Dispose());
    }

    [Test]
    public async Task A_continuation_of_a_thread_pool_context_runs_on_the_pool()
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.ThreadPool });
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        bool isPool = false;

        for (int i = 0; i < 50; i++)
        {
            await runner.RunAnywhere(() => isPool = Thread.CurrentThread.IsThreadPoolThread && PumpThread.Current is null);
            isPool.Should().BeTrue();
        }
    }

    /// <summary>A thread with a queue, as a user interface has it.</summary>
    private sealed class SingleThread : SynchronizationContext, IDisposable
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _queue = [];
        private readonly Thread _thread;

        public SingleThread()
        {
            _thread = new Thread(() =>
            {
                SetSynchronizationContext(this);
                foreach ((SendOrPostCallback callback, object? state) in _queue.GetConsumingEnumerable())
                {
                    callback(state);
                }
            });
            _thread.Start();
        }

        public int ThreadId => _thread.ManagedThreadId;

        public override void Post(SendOrPostCallback d, object? state) => _queue.Add((d, state));

        /// <summary>Runs on the thread; ends when the function has returned, with what it returned.</summary>
        public Task<T> Run<T>(Func<T> function)
        {
            TaskCompletionSource<T> ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Post(_ => ran.SetResult(function()), null);
            return ran.Task;
        }

        public void Dispose()
        {
            _queue.CompleteAdding();
            _thread.Join();
            _queue.Dispose();
        }
    }
}
