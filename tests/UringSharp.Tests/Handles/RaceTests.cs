using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Descriptors;

/// <summary>Ends that race with events: one outcome each, no event lost, nothing left. URINGSHARP_SOAK makes each test go on for so many seconds, URINGSHARP_SEED repeats one.</summary>
[TestFixture(ContinuationMode.Adaptive)]
[TestFixture(ContinuationMode.ThreadPool)]
[Category("FaultsSoak")]
public sealed class RaceTests(ContinuationMode mode) : HandleFixture
{
    protected override ContinuationMode Mode => mode;

    [Test]
    public async Task A_wait_that_is_cancelled_as_the_event_is_raised_tells_of_it_or_leaves_it()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            Random random = new(Seed());
            BalancedPause pause = new(random);
            SoakTime time = new();
            long told = 0;
            long cancelled = 0;
            using Signaller signaller = new(random.Next(), () => HandleLibc.Raise(descriptor));
            await OnAThreadOfItsOwn(() =>
            {
                while (time.GoesOn(told + cancelled >= (SoakTime.IsLong || mode == ContinuationMode.Adaptive ? SoakTime.Races : 5_000)))
                {
                    using CancellationTokenSource source = new();
                    ValueTask<PollEvents> wait = handle.WaitAsync(PollEvents.Read, source.Token);
                    signaller.Begin();
                    pause.Spend();
                    source.Cancel();
                    bool isTold;
                    try
                    {
                        SpinFor(wait).Should().Be(PollEvents.Read);
                        told++;
                        isTold = true;
                    }
                    catch (OperationCanceledException e)
                    {
                        e.CancellationToken.Should().Be(source.Token);
                        cancelled++;
                        isTold = false;
                    }

                    pause.Learn(secondWon: !isTold);

                    // What a cancelled wait has not told is told to the next one.
                    SpinFor(handle.WaitAsync(PollEvents.Read)).Should().Be(PollEvents.Read);
                    signaller.AwaitEnd();
                    HandleLibc.Take(descriptor).Should().Be(1);
                }
            });
            Report($"{told + cancelled} races: {told} told, {cancelled} cancelled in {time.Elapsed.TotalSeconds:0.0} s");
            told.Should().BePositive();
            cancelled.Should().BePositive();
            await Pends(0);
        }
    }

    [Test]
    public async Task A_wait_whose_handle_is_disposed_as_the_event_is_raised_ends_one_way_or_the_other()
    {
        int descriptor = Own(HandleLibc.Event());
        Random random = new(Seed());
        BalancedPause pause = new(random);
        SoakTime time = new();
        long told = 0;
        long disposed = 0;
        using Signaller signaller = new(random.Next(), () => HandleLibc.Raise(descriptor));
        await OnAThreadOfItsOwn(() =>
        {
            while (time.GoesOn(told + disposed >= 10_000 || (time.Elapsed.TotalSeconds > 1.5 && told + disposed >= 500)))
            {
                var handle = UringHandle.FromDescriptor(descriptor, ownsHandle: false, Context);
                ValueTask<PollEvents> wait = handle.WaitAsync(PollEvents.Read);
                signaller.Begin();
                pause.Spend();
                handle.Dispose();
                bool isTold;
                try
                {
                    SpinFor(wait).Should().Be(PollEvents.Read);
                    told++;
                    isTold = true;
                }
                catch (ObjectDisposedException)
                {
                    disposed++;
                    isTold = false;
                }

                pause.Learn(secondWon: !isTold);
                signaller.AwaitEnd();
                HandleLibc.Take(descriptor).Should().Be(1);
            }
        });
        Report($"{told} told, {disposed} disposed in {time.Elapsed.TotalSeconds:0.0} s");
        told.Should().BePositive();
        disposed.Should().BePositive();
        await Pends(0);
    }

    [Test]
    public async Task Watches_that_are_left_cancelled_and_disposed_of_in_a_storm_leave_nothing()
    {
        const int watchers = 3;
        int seed = Seed();
        SoakTime time = new();
        int descriptor = Own(HandleLibc.Event());
        long[] ends = new long[3];
        await using (Background.Repeat(() =>
        {
            HandleLibc.Raise(descriptor);
            Spin(5);
        }))
        {
            await Task.WhenAll(Enumerable.Range(0, watchers).Select(i => Task.Run(() => Watch(new Random(seed + i)))))
                .WaitAsync(TimeSpan.FromMinutes(SoakTime.IsLong ? 60 : 1));
        }

        Report($"{ends[0]} left, {ends[1]} cancelled, {ends[2]} disposed in {time.Elapsed.TotalSeconds:0.0} s");
        ends.Should().OnlyContain(count => count > 0);
        await Pends(0);

        async Task Watch(Random random)
        {
            for (int round = 0; time.GoesOn(round >= 2_000 || (time.Elapsed.TotalSeconds > 1.5 && round >= 100)); round++)
            {
                int end = random.Next(3);
                int answers = random.Next(1, 5);
                using CancellationTokenSource source = new();
                var handle = UringHandle.FromDescriptor(descriptor, ownsHandle: false, Context);
                try
                {
                    var ending = Task.CompletedTask;
                    await foreach (PollEvents events in handle.WatchAsync(PollEvents.Read, source.Token).ConfigureAwait(false))
                    {
                        events.Should().Be(PollEvents.Read);
                        if (--answers > 0)
                        {
                            continue;
                        }

                        if (end == 0)
                        {
                            break;
                        }

                        ending = ending.IsCompleted && answers == 0 ? Task.Run(() =>
                        {
                            if (end == 1)
                            {
                                source.Cancel();
                            }
                            else
                            {
                                handle.Dispose();
                            }
                        }) : ending;
                    }

                    await ending.ConfigureAwait(false);
                    Interlocked.Increment(ref ends[0]);
                }
                catch (OperationCanceledException e) when (end == 1)
                {
                    e.CancellationToken.Should().Be(source.Token);
                    Interlocked.Increment(ref ends[1]);
                }
                catch (ObjectDisposedException) when (end == 2)
                {
                    Interlocked.Increment(ref ends[2]);
                }

                await handle.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline).ConfigureAwait(false);
            }
        }
    }
}
