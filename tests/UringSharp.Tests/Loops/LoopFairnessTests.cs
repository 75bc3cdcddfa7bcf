using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Code that never lets go: it keeps neither completions and timers from their turn, nor the loop from its end.</summary>
public sealed class LoopFairnessTests
{
    /// <summary>What occupies a loop.</summary>
    public enum Occupation
    {
        /// <summary>A callback that posts itself.</summary>
        Post,

        /// <summary>Code that yields.</summary>
        Yield,

        /// <summary>Reads that the page cache answers, of a file of the loop.</summary>
        Read,

        /// <summary>Reads that the page cache answers, of a file of another context.</summary>
        ForeignRead,

        /// <summary>Paths the kernel knows.</summary>
        Exists,

        /// <summary>Calls of the blocking pool.</summary>
        Call,

        /// <summary>Timers of no time.</summary>
        Delay,
    }

    [Test]
    public async Task What_never_ends_keeps_a_read_and_a_timer_from_nothing_and_the_loop_from_no_end([Values] Occupation occupation)
    {
        using TempFolder folder = DiskFolder.Create();
        string fifo = folder.Fifo();
        string path = folder.File("file", new byte[4096]);
        await using UringContext context = new();
        using UringFile foreign = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context });
        bool isOver = false;
        long turns = 0;
        Task? occupying = null;
        try
        {
            await LoopThread.RunAsync(async () =>
            {
                UringLoop loop = UringLoop.Current!;
                await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
                await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
                UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read);
                Task<int> read = reader.ReadAsync(new byte[8]).AsTask();
                Task delay = loop.Delay(TimeSpan.FromMilliseconds(5)).AsTask();
                var foreignDelay = Task.Delay(5);
                occupying = OccupyAsync(loop, file);
                while (turns < 1_000)
                {
                    await Task.Yield();
                }

                await writer.WriteAsync(new byte[8]);
                (await read).Should().Be(8);
                await delay;
                await foreignDelay;
            });
        }
        finally
        {
            Volatile.Write(ref isOver, true);
        }

        TestContext.Out.WriteLine($"{turns} turns");
        if (occupation != Occupation.Post)
        {
            await Eventually.Ends(occupying!);
        }

        async Task OccupyAsync(UringLoop loop, UringFile file)
        {
            byte[] buffer = new byte[64];
            if (occupation == Occupation.Post)
            {
                loop.Post(Again, null);
                return;
            }

            while (!Volatile.Read(ref isOver))
            {
                Interlocked.Increment(ref turns);
                switch (occupation)
                {
                    case Occupation.Yield:
                        await Task.Yield();
                        break;
                    case Occupation.Read:
                        await file.ReadAsync(buffer, 0);
                        break;
                    case Occupation.ForeignRead:
                        await foreign.ReadAsync(buffer, 0);
                        break;
                    case Occupation.Exists:
                        await UringFileSystem.ExistsAsync(path);
                        break;
                    case Occupation.Call:
                        await BlockingPool.Shared.RunAsync(static state => state, 1, CancellationToken.None);
                        break;
                    default:
                        await loop.Delay(TimeSpan.Zero);
                        break;
                }
            }
        }

        void Again(object? state)
        {
            Interlocked.Increment(ref turns);
            if (!Volatile.Read(ref isOver))
            {
                SynchronizationContext.Current?.Post(Again, null);
            }
        }
    }

    [Test]
    public async Task What_catches_every_end_and_calls_again_keeps_the_loop_from_no_end()
    {
        bool isOver = false;
        try
        {
            await LoopThread.RunAsync(async () =>
            {
                _ = CallAsync();
                await Task.Yield();
            });
        }
        finally
        {
            Volatile.Write(ref isOver, true);
        }

        async Task CallAsync()
        {
            while (!Volatile.Read(ref isOver))
            {
                try
                {
                    await BlockingPool.Shared.RunAsync(static state => state, 1, CancellationToken.None);
                }
                catch (ObjectDisposedException)
                {
                    await Task.Yield();
                }
            }
        }
    }

    [Test]
    public async Task Calls_that_clean_up_at_the_end_are_all_made()
    {
        const int count = 3_000;
        int made = 0;
        int ended = 0;
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            for (int i = 0; i < count; i++)
            {
                _ = CleanUpAsync(loop);
            }

            await Task.Yield();
        });
        made.Should().Be(count);
        ended.Should().Be(count);

        async Task CleanUpAsync(UringLoop loop)
        {
            try
            {
                await loop.Delay(Timeout.InfiniteTimeSpan);
            }
            finally
            {
                await BlockingPool.Shared.RunAsync(_ => Interlocked.Increment(ref made), 1, CancellationToken.None);
                ended++;
            }
        }
    }

    [Test]
    public async Task What_is_posted_for_ever_goes_on_on_the_thread_pool_after_the_end()
    {
        bool isOver = false;
        TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await LoopThread.RunAsync(async () =>
        {
            _ = PostAsync();
            await Task.Yield();
        });
        await Eventually.Ends(left.Task);
        Volatile.Write(ref isOver, true);

        async Task PostAsync()
        {
            int thread = Environment.CurrentManagedThreadId;
            while (!Volatile.Read(ref isOver))
            {
                await Task.Yield();
                if (SynchronizationContext.Current is null && Thread.CurrentThread.IsThreadPoolThread && Environment.CurrentManagedThreadId != thread)
                {
                    left.TrySetResult();
                }
            }
        }
    }

    [Test]
    public async Task Posting_threads_keep_the_loop_from_no_end()
    {
        int refused = 0;
        int waiting = 0;
        Task[] posting = [];
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            posting = [.. Enumerable.Range(0, 3).Select(_ => LoopThread.Start(() =>
            {
                try
                {
                    while (true)
                    {
                        Interlocked.Increment(ref waiting);
                        loop.Post(_ => Interlocked.Decrement(ref waiting), null);

                        // So many at most that the queue itself is not what takes the time.
                        SpinWait.SpinUntil(() => Volatile.Read(ref waiting) < 100);
                    }
                }
                catch (ObjectDisposedException)
                {
                    return Interlocked.Increment(ref refused);
                }
            }))];
            await loop.Delay(TimeSpan.FromMilliseconds(20));
        });
        await Eventually.Ends(Task.WhenAll(posting));
        refused.Should().Be(3);
    }
}
