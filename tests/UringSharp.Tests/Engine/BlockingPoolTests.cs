using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>The threads that may block. Each test has a pool of its own, whose threads bear a name of their own; a call that hangs reads from an empty pipe.</summary>
[WithoutSynchronizationContext]
public sealed class BlockingPoolTests
{
    private const int AtOnce = 3;

    private static int s_names;

    private readonly List<HangingCall> _hanging = [];
    private string _name = string.Empty;
    private BlockingPool _pool = null!;

    private int Threads => ProcessFacts.ThreadIds(_name).Count;

    [SetUp]
    public void CreatePool()
    {
        _name = $"blk-{Interlocked.Increment(ref s_names)}-";
        _pool = new BlockingPool(_name, TimeSpan.FromMilliseconds(300), AtOnce);
    }

    [TearDown]
    public async Task Every_thread_ends_when_it_has_been_idle()
    {
        _hanging.ForEach(static call => call.Dispose());
        _hanging.Clear();
        await Eventually.Holds(() => Threads == 0, () => $"{Threads} threads are left");
    }

    [Test]
    public async Task A_call_yields_its_result()
    {
        (await _pool.RunAsync(static number => number + 1, 41, CancellationToken.None)).Should().Be(42);
    }

    [Test]
    public async Task A_call_that_throws_fails_its_task()
    {
        Func<Task> act = async () => await _pool.RunAsync<int, int>(static number => throw new IOException("no", number), 5, CancellationToken.None);
        (await act.Should().ThrowAsync<IOException>()).Which.HResult.Should().Be(5);
    }

    [Test]
    public async Task The_code_after_an_await_runs_on_the_NET_pool()
    {
        using ManualResetEventSlim gate = new();
        bool isPoolThread = false;
        Task task = AwaitAsync();

        // Now it is awaited.
        gate.Set();
        await Eventually.Ends(task);

        isPoolThread.Should().BeTrue();

        async Task AwaitAsync()
        {
            await _pool.RunAsync(Wait, gate, CancellationToken.None).ConfigureAwait(false);
            isPoolThread = Thread.CurrentThread.IsThreadPoolThread;
        }

        static int Wait(ManualResetEventSlim gate)
        {
            gate.Wait();
            return 0;
        }
    }

    [Test]
    public async Task A_call_runs_on_a_background_thread_that_bears_the_name_of_the_pool()
    {
        (await _pool.RunAsync(static _ => (Thread.CurrentThread.Name, Thread.CurrentThread.IsBackground), 0, CancellationToken.None)).Should().Be((_name, true));
    }

    [Test]
    public async Task Quick_calls_one_after_the_other_need_a_handful_of_threads()
    {
        for (int i = 0; i < 2000; i++)
        {
            await _pool.RunAsync(static _ => 0, 0, CancellationToken.None);
        }

        Threads.Should().BeLessThanOrEqualTo(AtOnce + 1);
    }

    [Test]
    public async Task Calls_that_hang_hold_up_another_one_for_a_moment_only([Values(AtOnce, 40, 200)] int count)
    {
        Hang(count);
        long started = Stopwatch.GetTimestamp();
        (await Eventually.Ends(_pool.RunAsync(static _ => 7, 0, CancellationToken.None).AsTask())).Should().Be(7);

        // Generous, for a loaded machine. The thread pool of .NET would add one or two threads a second.
        Stopwatch.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(1));
        await Eventually.Holds(() => _hanging.TrueForAll(static call => call.HasBegun), () => $"{_hanging.Count(static call => call.HasBegun)} of {count} have begun");
    }

    [Test]
    public async Task Many_calls_that_compute_do_not_start_many_threads()
    {
        Task<int>[] calls = [.. Enumerable.Range(0, 20_000).Select(_ => _pool.RunAsync(static _ => Spin(), 0, CancellationToken.None).AsTask())];
        int most = 0;
        while (!Array.TrueForAll(calls, static call => call.IsCompleted))
        {
            most = Math.Max(most, Threads);
            await Task.Yield();
        }

        await Task.WhenAll(calls);
        most.Should().BeLessThan(40);

        static int Spin()
        {
            Thread.SpinWait(200);
            return 0;
        }
    }

    [Test]
    public async Task No_more_threads_than_the_limit_are_started_and_what_waits_is_still_served()
    {
        Hang(BlockingPool.MaxThreads + 20);
        await Eventually.Holds(() => _hanging.Count(static call => call.HasBegun) == BlockingPool.MaxThreads, () => $"{Threads} threads");
        var last = _pool.RunAsync(static _ => 3, 0, CancellationToken.None).AsTask();
        last.IsCompleted.Should().BeFalse();
        _hanging.ForEach(static call => call.Dispose());
        (await Eventually.Ends(last)).Should().Be(3);
    }

    [Test]
    public async Task A_token_that_is_cancelled_already_starts_nothing()
    {
        using CancellationTokenSource source = new();
        await source.CancelAsync();
        ValueTask<int> task = _pool.RunAsync(static _ => 0, 0, source.Token);
        task.IsCanceled.Should().BeTrue();
        Threads.Should().Be(0);
    }

    [Test]
    public async Task A_call_cancelled_before_its_turn_is_never_made()
    {
        Hang(BlockingPool.MaxThreads);
        await Eventually.Holds(() => _hanging.TrueForAll(static call => call.HasBegun), () => "not all have begun");
        using CancellationTokenSource source = new();
        int[] made = [0];
        Task task = _pool.RunAsync(static made => made[0]++, made, source.Token).AsTask();
        await source.CancelAsync();
        Func<Task> act = () => Eventually.Ends(task).ContinueWith(_ => task).Unwrap();
        (await act.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
        _hanging.ForEach(static call => call.Dispose());
        await Eventually.Ends(_pool.RunAsync(static _ => 0, 0, CancellationToken.None).AsTask());
        made[0].Should().Be(0);
    }

    [Test]
    public async Task Cancelling_a_call_that_hangs_ends_its_task_at_once_with_the_token()
    {
        using CancellationTokenSource source = new();
        HangingCall call = new(_pool, source.Token);
        _hanging.Add(call);
        await Eventually.Holds(() => call.HasBegun, () => "it has not begun");
        await source.CancelAsync();
        Func<Task> act = () => Eventually.Ends(call.Task).ContinueWith(_ => call.Task).Unwrap();
        (await act.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
        call.HasEnded.Should().BeFalse("the kernel has it still");
    }

    [Test]
    public async Task A_descriptor_that_comes_too_late_is_closed()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        using CancellationTokenSource source = new();
        using SemaphoreSlim begun = new(0);
        ConcurrentBag<SafeFileHandle> opened = [];

        // Blocks until a writer comes. The bag keeps the handle from being closed by its finalizer.
        var opening = _pool.OpenAsync(
            static asked =>
            {
                asked.begun.Release();
                SafeFileHandle handle = Libc.Open(asked.fifo, Libc.ReadOnly);
                asked.opened.Add(handle);
                return handle;
            },
            (fifo, begun, opened),
            source.Token).AsTask();
        await begun.WaitAsync();
        await source.CancelAsync();
        Func<Task> act = () => Eventually.Ends(opening).ContinueWith(_ => opening).Unwrap();
        await act.Should().ThrowAsync<OperationCanceledException>();

        // Succeeds only while the reader is there, or waits for it to come.
        using (SafeFileHandle writer = await Eventually.Ends(Task.Run(() => Libc.Open(fifo, Libc.WriteOnly))))
        {
            await Eventually.Holds(() => opened.TryPeek(out SafeFileHandle? handle) && handle.IsClosed, () => "it is not closed");
        }

        await OpenDescriptors.AreGone(folder.FullPath);
    }

    [Test]
    public async Task Cancelling_and_ending_at_the_same_time_ends_each_task_once()
    {
        for (int i = 0; i < 3000; i++)
        {
            using CancellationTokenSource source = new();
            var task = _pool.RunAsync(static number => number, i, source.Token).AsTask();
            var cancelling = Task.Run(source.Cancel);
            try
            {
                (await Eventually.Ends(task)).Should().Be(i);
            }
            catch (OperationCanceledException e)
            {
                e.CancellationToken.Should().Be(source.Token);
            }

            await cancelling;
        }
    }

    [Test]
    public async Task A_result_is_taken_once()
    {
        ValueTask<int> task = _pool.RunAsync(static _ => 1, 0, CancellationToken.None);
        await task;
        Func<Task> again = async () => await task;
        await again.Should().ThrowAsync<InvalidOperationException>();
    }

    [Test]
    public async Task Code_that_blocks_after_its_await_holds_up_no_other_call()
    {
        using ManualResetEventSlim release = new();
        using CountdownEvent blocked = new(AtOnce);
        Task[] blocking = [.. Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            await _pool.RunAsync(static _ => 0, 0, CancellationToken.None).ConfigureAwait(false);
            blocked.Signal();
            release.Wait();
        }))];
        await Eventually.Holds(() => blocked.IsSet, () => $"{blocked.CurrentCount} have not come so far");
        await Eventually.Ends(_pool.RunAsync(static _ => 0, 0, CancellationToken.None).AsTask());
        release.Set();
        await Task.WhenAll(blocking);
    }

    [Test]
    public async Task Calls_in_a_row_allocate_next_to_nothing()
    {
        await Repeat(200);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await Repeat(2000);
        ((GC.GetTotalAllocatedBytes(precise: true) - before) / 2000.0).Should().BeLessThan(16);

        async Task Repeat(int count)
        {
            for (int i = 0; i < count; i++)
            {
                await _pool.RunAsync(static _ => 0, 0, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Hang(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _hanging.Add(new HangingCall(_pool, CancellationToken.None));
        }
    }

    /// <summary>A call that stays in read(2) until it is disposed.</summary>
    private sealed class HangingCall : IDisposable
    {
        private readonly SafeFileHandle _read;
        private readonly SafeFileHandle _write;
        private int _begun;
        private int _ended;

        public HangingCall(BlockingPool pool, CancellationToken token)
        {
            (_read, _write) = Libc.Pipe();
            Task = pool.RunAsync(static self => self.Read(), this, token).AsTask();
        }

        public Task Task { get; }

        public bool HasBegun => Volatile.Read(ref _begun) != 0;

        public bool HasEnded => Volatile.Read(ref _ended) != 0;

        public void Dispose() => _write.Dispose();

        private int Read()
        {
            Volatile.Write(ref _begun, 1);
            using FileStream stream = new(_read, FileAccess.Read, bufferSize: 0);
            int end = stream.ReadByte();
            Volatile.Write(ref _ended, 1);
            return end;
        }
    }
}
