using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Descriptors;

/// <summary>Watching: a request that stays armed, whose events are gathered and never lost.</summary>
[TestFixture(ContinuationMode.Adaptive)]
[TestFixture(ContinuationMode.ThreadPool)]
[Category("Faults")]
public sealed class WatchTests(ContinuationMode mode) : HandleFixture
{
    protected override ContinuationMode Mode => mode;

    [Test]
    public async Task The_first_answer_is_what_holds_at_the_beginning()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            HandleLibc.Raise(descriptor);
            await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Read | PollEvents.Write).GetAsyncEnumerator();

            (await Next(watch)).Should().Be(PollEvents.Read | PollEvents.Write);
        }
    }

    [Test]
    public async Task Events_that_come_while_the_loop_is_busy_are_one_answer()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Read | PollEvents.ReadHangUp).GetAsyncEnumerator();
        Task<bool> first = watch.MoveNextAsync().AsTask();
        await Pends();
        PipeLibc.Write(other, "x"u8).Should().Be(1);
        (await Eventually.Ends(first)).Should().BeTrue();

        // The last of these is seen by a wait of the same ring, when the watch has seen those before.
        for (int i = 0; i < 5; i++)
        {
            PipeLibc.Write(other, "x"u8).Should().Be(1);
        }

        HandleLibc.EndWriting(other);
        await Turn();

        (await Next(watch)).Should().Be(PollEvents.Read | PollEvents.ReadHangUp);
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await Turn();
        next.IsCompleted.Should().BeFalse("all has been told");
        handle.Dispose();
        await EndsWith<ObjectDisposedException>(next);
    }

    [Test]
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task A_change_is_told_although_nothing_was_read_since_the_last()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator();
            for (int i = 0; i < 100; i++)
            {
                Task<bool> next = watch.MoveNextAsync().AsTask();
                if (i == 0)
                {
                    await Pends();
                }

                HandleLibc.Raise(descriptor);
                (await Eventually.Ends(next)).Should().BeTrue();
                watch.Current.Should().Be(PollEvents.Read);
            }

            Context.GetStatistics().Submissions.Should().Be(1, "the poll stays armed");
        }
    }

    [Test]
    public async Task Every_signal_of_a_storm_is_told_to_every_watcher()
    {
        const int watchers = 3;
        int signals = SoakTime.IsLong ? 2_000_000 : 40_000;
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            int seed = Seed();
            long sent = 0;
            long answers = 0;
            Task[] watching = [.. Enumerable.Range(0, watchers).Select(i => Task.Run(() => Watch(i)))];
            await Pends(watchers);
            await OnAThreadOfItsOwn(() =>
            {
                Random pauses = new(seed);
                for (int i = 0; i < signals; i++)
                {
                    // Nobody takes what is raised: each answer is owed to a change, none to a state.
                    Volatile.Write(ref sent, sent + 1);
                    HandleLibc.Raise(descriptor);
                    if (pauses.Next(4) == 0)
                    {
                        Spin(pauses.NextDouble() * 30);
                    }
                }
            });

            await Eventually.Ends(Task.WhenAll(watching));
            Report($"{signals} signals, {answers} answers for {watchers} watchers");
            await Pends(0);

            async Task Watch(int index)
            {
                Random random = new(seed + index + 1);
                await foreach (PollEvents events in handle.WatchAsync(PollEvents.Read).ConfigureAwait(false))
                {
                    Interlocked.Increment(ref answers);
                    events.Should().Be(PollEvents.Read);
                    if (Volatile.Read(ref sent) == signals)
                    {
                        break;
                    }

                    switch (random.Next(6))
                    {
                        case 0:
                            Spin(random.NextDouble() * 40);
                            break;
                        case 1:
                            await Task.Yield();
                            break;
                        default:
                            break;
                    }
                }
            }
        }
    }

    [Test]
    public async Task A_counter_that_is_taken_after_each_answer_loses_nothing()
    {
        const int signals = 30_000;
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            int seed = Seed();
            Task<long> watching = Task.Run(Watch);
            await OnAThreadOfItsOwn(() =>
            {
                Random pauses = new(seed);
                for (int i = 0; i < signals; i++)
                {
                    HandleLibc.Raise(descriptor);
                    Spin(pauses.Next(3) == 0 ? pauses.NextDouble() * 30 : 0);
                }
            });

            (await Eventually.Ends(watching)).Should().Be(signals);

            async Task<long> Watch()
            {
                long sum = 0;
                await foreach (PollEvents events in handle.WatchAsync(PollEvents.Read).ConfigureAwait(false))
                {
                    events.Should().Be(PollEvents.Read);
                    sum += HandleLibc.Take(descriptor);
                    if (sum >= signals)
                    {
                        break;
                    }
                }

                return sum;
            }
        }
    }

    [Test]
    public async Task Leaving_the_loop_takes_the_request_back()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            HandleLibc.Raise(descriptor);
            for (int i = 0; i < 100; i++)
            {
                await foreach (PollEvents events in handle.WatchAsync(PollEvents.Read))
                {
                    events.Should().Be(PollEvents.Read);
                    break;
                }
            }

            await Pends(0);
            (await handle.WaitAsync(PollEvents.Read)).Should().Be(PollEvents.Read);
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_token_ends_the_enumeration_with_itself(bool givenToTheEnumeration)
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            for (int i = 0; i < 50; i++)
            {
                using CancellationTokenSource source = new();
                await using IAsyncEnumerator<PollEvents> watch = givenToTheEnumeration
                    ? handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator(source.Token)
                    : handle.WatchAsync(PollEvents.Read, source.Token).GetAsyncEnumerator();
                Task<bool> next = watch.MoveNextAsync().AsTask();
                await Pends();
                if (i % 2 == 1)
                {
                    HandleLibc.Raise(descriptor);
                    (await Eventually.Ends(next)).Should().BeTrue();
                    HandleLibc.Take(descriptor);
                    next = watch.MoveNextAsync().AsTask();
                }

                await source.CancelAsync();

                (await EndsWith<OperationCanceledException>(next)).CancellationToken.Should().Be(source.Token);
                await Pends(0);
                (await watch.MoveNextAsync()).Should().BeFalse("it has ended");
            }
        }
    }

    [Test]
    public async Task Disposing_the_handle_ends_a_watch_that_waits_and_one_that_is_busy()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using IAsyncEnumerator<PollEvents> waiting = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator();
        await using IAsyncEnumerator<PollEvents> busy = handle.WatchAsync(PollEvents.Write).GetAsyncEnumerator();
        Task<bool> next = waiting.MoveNextAsync().AsTask();
        (await Next(busy)).Should().Be(PollEvents.Write);
        await Pends(2);

        // It is the watch's use of the descriptor that this waits for.
        await handle.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        (await EndsWith<ObjectDisposedException>(next)).ObjectName.Should().Be(typeof(UringHandle).FullName);
        (await EndsWith<ObjectDisposedException>(busy.MoveNextAsync().AsTask())).ObjectName.Should().Be(typeof(UringHandle).FullName);
        await Pends(0);
        HandleLibc.Take(descriptor).Should().Be(0);
    }

    [Test]
    public async Task A_watch_begun_after_the_handle_was_disposed_is_refused_when_it_is_enumerated()
    {
        (_, UringHandle handle) = NewEvent();
        IAsyncEnumerable<PollEvents> events = handle.WatchAsync(PollEvents.Read);
        await handle.DisposeAsync();

        await EndsWith<ObjectDisposedException>(events.GetAsyncEnumerator().MoveNextAsync().AsTask());
    }

    [Test]
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task A_file_is_ready_again_and_again_and_keeps_nobody_busy()
    {
        string path = Folder.File("file", []);
        await using var handle = UringHandle.FromDescriptor(PipeLibc.MustOpen(path, PipeLibc.ReadOnly), ownsHandle: true, Context);
        await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator();
        for (int i = 0; i < 1_000; i++)
        {
            (await Next(watch)).Should().Be(PollEvents.Read);
        }

        // Each answer is a request, and there is none while nobody asks.
        for (int i = 0; i < 20; i++)
        {
            await Turn();
        }

        Context.GetStatistics().Submissions.Should().BeLessThan(1_100);
        await Pends(0);
    }

    [Test]
    public async Task A_pipes_hang_up_is_told()
    {
        (int reading, int writing) = PipeLibc.Pipe();
        await using var handle = UringHandle.FromDescriptor(reading, ownsHandle: true, Context);
        await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator();
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await Pends();

        PipeLibc.Close(writing).Should().Be(0);

        (await Eventually.Ends(next)).Should().BeTrue();
        watch.Current.Should().HaveFlag(PollEvents.HangUp);
    }

    [Test]
    public async Task The_close_of_the_peers_writing_half_is_not_told_to_a_watch_that_does_not_ask()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        HandleLibc.EndWriting(other);
        await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Priority).GetAsyncEnumerator();
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await Pends();
        await Turn();
        next.IsCompleted.Should().BeFalse();

        HandleLibc.EndWriting(one);

        (await Eventually.Ends(next)).Should().BeTrue();
        watch.Current.Should().Be(PollEvents.HangUp);
    }

    private static async Task<PollEvents> Next(IAsyncEnumerator<PollEvents> watch)
    {
        (await Eventually.Ends(watch.MoveNextAsync().AsTask())).Should().BeTrue();
        return watch.Current;
    }
}
