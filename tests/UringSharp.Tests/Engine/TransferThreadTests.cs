using System.Runtime.CompilerServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>A transfer that is kept for when the code that started it has returned runs all the same when that code does not return.</summary>
[WithoutSynchronizationContext]
public sealed class TransferThreadTests
{
    private const int Block = 4096;
    private const int Rounds = 30;

    private TempFolder _folder = null!;
    private UringFile _file = null!;

    [SetUp]
    public async Task OpenFile()
    {
        // A tmpfs cannot tell what it would wait for: its reads are transfers of the thread pool.
        _folder = new TempFolder("/dev/shm");
        _file = await UringFile.OpenAsync(_folder.File("file", new byte[Block]), FileMode.Open, FileAccess.ReadWrite);
    }

    [TearDown]
    public async Task CloseFile()
    {
        await _file.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Code_that_waits_for_the_transfer_it_has_started_gets_its_answer([Values(1, 3)] int transfers) => await Eventually.Ends(Task.Run(async () =>
    {
        byte[] buffer = new byte[Block];
        for (int i = 0; i < Rounds; i++)
        {
            await _file.ReadAsync(buffer, 0).ConfigureAwait(false);
            Task<int>[] reads = [.. Enumerable.Range(0, transfers).Select(_ => _file.ReadAsync(new byte[Block], 0).AsTask())];
            Task.WaitAll(reads);
        }
    }));

    [Test]
    public async Task Code_that_computes_does_not_keep_the_transfer_it_has_started_from_running() => await Eventually.Ends(Task.Run(async () =>
    {
        byte[] buffer = new byte[Block];
        for (int i = 0; i < Rounds; i++)
        {
            await _file.ReadAsync(buffer, 0).ConfigureAwait(false);
            ValueTask<int> next = _file.ReadAsync(buffer, 0);
            SpinWait.SpinUntil(() => next.IsCompleted, Eventually.Deadline).Should().BeTrue();
            await next.ConfigureAwait(false);
        }
    }));

    [Test]
    public async Task A_flush_behind_a_transfer_is_made_by_the_same_thread_and_others_beside_it([Values] bool hasToken) => await Eventually.Ends(Task.Run(async () =>
    {
        using CancellationTokenSource source = new();
        CancellationToken token = hasToken ? source.Token : default;
        byte[] buffer = new byte[Block];
        int same = 0;
        for (int i = 0; i < Rounds; i++)
        {
            await _file.ReadAsync(buffer, 0).ConfigureAwait(false);
            int thread = Environment.CurrentManagedThreadId;
            await _file.FlushAsync(dataOnly: false, token).ConfigureAwait(false);
            same += Environment.CurrentManagedThreadId == thread ? 1 : 0;

            await _file.ReadAsync(buffer, 0).ConfigureAwait(false);
            Task[] beside = [.. Enumerable.Range(0, 3).Select(_ => _file.FlushAsync(dataOnly: true, token).AsTask())];
            await Task.WhenAll(beside).ConfigureAwait(false);
        }

        same.Should().BeGreaterThan(Rounds / 2);
    }));

    [Test]
    public async Task Loops_of_transfers_let_others_of_the_pool_have_their_turn()
    {
        bool isOver = false;
        Task[] loops = [.. Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            byte[] buffer = new byte[Block];
            while (!Volatile.Read(ref isOver))
            {
                await _file.ReadAsync(buffer, 0).ConfigureAwait(false);
            }
        }))];

        for (int i = 0; i < 100; i++)
        {
            await Eventually.Ends(Task.Run(static () => { }));
        }

        Volatile.Write(ref isOver, true);
        await Eventually.Ends(Task.WhenAll(loops));
    }

    [Test]
    public async Task What_one_continuation_leaves_in_its_thread_the_next_does_not_find()
    {
        AsyncLocal<string?> local = new();
        bool found = false;
        await Eventually.Ends(Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            byte[] buffer = new byte[Block];
            for (int i = 0; i < 500; i++)
            {
                await new Continuation(_file.ReadAsync(buffer, 0));
                found |= SynchronizationContext.Current is not null;
                SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
                local.Value = "left";
                ThreadPool.UnsafeQueueUserWorkItem(_ => found |= local.Value is not null, null);
            }
        }))));

        found.Should().BeFalse();
    }

    [Test]
    public async Task The_end_of_a_context_waits_for_transfers_of_the_pool()
    {
        for (int i = 0; i < Rounds; i++)
        {
            UringContext context = new();
            UringFile file = await UringFile.OpenAsync(_folder["file"], FileMode.Open, FileAccess.ReadWrite, new UringFileOptions { Context = context });
            Task[] transfers = [.. Enumerable.Range(0, 20).Select(_ => (Task)file.ReadAsync(new byte[Block], 0).AsTask())];

            await Eventually.Ends(context.DisposeAsync().AsTask());

            foreach (Task transfer in transfers)
            {
                await Eventually.Ends(transfer);
                (transfer.Exception?.InnerException ?? new ObjectDisposedException(null)).Should().BeOfType<ObjectDisposedException>();
            }

            FluentActions.Invoking(() => file.ReadAsync(new byte[Block], 0)).Should().Throw<ObjectDisposedException>();
            await file.DisposeAsync();
        }
    }

    [Test]
    public async Task A_context_ends_while_others_go_on_asking()
    {
        for (int i = 0; i < Rounds; i++)
        {
            UringContext context = new();
            UringFile file = await UringFile.OpenAsync(_folder["file"], FileMode.Open, FileAccess.ReadWrite, new UringFileOptions { Context = context });
            await file.FlushAsync();
            using CancellationTokenSource stop = new();
            Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                byte[] block = new byte[100];
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        file.WriteAsync(block, 0).AsTask().Wait();
                    }
                    catch (Exception e) when (e is ObjectDisposedException or AggregateException)
                    {
                        // The context is ending.
                    }
                }
            }))];
            Array.ForEach(threads, static thread => thread.Start());

            await Eventually.Ends(context.DisposeAsync().AsTask());

            await stop.CancelAsync();
            Array.ForEach(threads, static thread => thread.Join());
            await file.DisposeAsync();
        }
    }

    /// <summary>Goes on in a continuation in any case, also where the read has ended by the time it is awaited: only a continuation finds a clean thread.</summary>
    private readonly struct Continuation(ValueTask<int> read) : ICriticalNotifyCompletion
    {
        private readonly ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _awaiter = read.ConfigureAwait(false).GetAwaiter();

        public bool IsCompleted => false;

        public Continuation GetAwaiter() => this;

        public void OnCompleted(Action continuation) => _awaiter.OnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => _awaiter.UnsafeOnCompleted(continuation);

        public int GetResult() => _awaiter.GetResult();
    }
}
