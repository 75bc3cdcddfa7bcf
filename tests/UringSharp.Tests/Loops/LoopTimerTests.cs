using System.Diagnostics;

namespace UringSharp.Tests.Loops;

/// <summary>The timers of a loop, and the report of callbacks that hold it.</summary>
public sealed class LoopTimerTests
{
    [Test]
    public async Task A_timer_never_ends_early()
    {
        await LoopThread.RunAsync(static async () =>
        {
            Random random = new(TestContext.CurrentContext.Random.Next());
            UringLoop loop = UringLoop.Current!;
            Task[] timers = [.. Enumerable.Range(0, 2_000).Select(_ => WaitAsync(TimeSpan.FromMicroseconds(random.Next(100_000))))];
            await Task.WhenAll(timers);

            async Task WaitAsync(TimeSpan time)
            {
                long started = Stopwatch.GetTimestamp();
                await loop.Delay(time);
                Stopwatch.GetElapsedTime(started).Should().BeGreaterThanOrEqualTo(time);
            }
        });
    }

    [Test]
    public async Task Many_timers_end_in_order()
    {
        const int count = 10_000;
        const int steps = 20;
        List<int> ended = [];
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            long started = Stopwatch.GetTimestamp();
            Task[] timers = [.. Enumerable.Range(0, count).Select(i => WaitAsync((i * 7) % steps))];
            await Task.WhenAll(timers);

            async Task WaitAsync(int step)
            {
                // All of a step are due at the same time, whenever they are begun.
                await loop.Delay(TimeSpan.FromMilliseconds(1_000 + (50 * step)) - Stopwatch.GetElapsedTime(started));
                ended.Add(step);
            }
        });
        ended.Should().HaveCount(count).And.BeInAscendingOrder();
    }

    [Test]
    public async Task Ten_thousand_timers_end_with_their_loop()
    {
        const int count = 10_000;
        int ended = 0;
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            for (int i = 0; i < count; i++)
            {
                _ = WaitAsync(loop);
            }

            await loop.Delay(TimeSpan.FromMilliseconds(1));
        });
        ended.Should().Be(count);

        async Task WaitAsync(UringLoop loop)
        {
            try
            {
                await loop.Delay(TimeSpan.FromHours(1));
            }
            catch (ObjectDisposedException)
            {
                ended++;
            }
        }
    }

    [Test]
    public async Task A_timer_is_cancelled_by_its_token_from_anywhere()
    {
        await LoopThread.RunAsync(static async () =>
        {
            UringLoop loop = UringLoop.Current!;
            int thread = Environment.CurrentManagedThreadId;
            for (int i = 0; i < 100; i++)
            {
                using CancellationTokenSource source = new();
                ValueTask delay = loop.Delay(i % 2 == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromDays(1), source.Token);
                if (i % 3 == 0)
                {
                    await source.CancelAsync();
                }
                else if (i % 3 == 1)
                {
                    await Task.Run(source.Cancel);
                }
                else
                {
                    source.CancelAfter(TimeSpan.FromMilliseconds(1));
                }

                (await FluentActions.Awaiting(async () => await delay).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
                Environment.CurrentManagedThreadId.Should().Be(thread);
            }
        });
    }

    [Test]
    public async Task A_timer_of_no_time_ends_and_the_longest_does_not()
    {
        await LoopThread.RunAsync(static async () =>
        {
            UringLoop loop = UringLoop.Current!;
            await loop.Delay(TimeSpan.Zero);
            await loop.Delay(TimeSpan.FromTicks(1));
            using CancellationTokenSource source = new();
            TimeSpan[] times = [TimeSpan.MaxValue, TimeSpan.FromDays(200_000), TimeSpan.FromDays(50_000), TimeSpan.FromDays(9_999)];
            Task[] longest = [.. times.Select(time => loop.Delay(time, source.Token).AsTask())];
            await loop.Delay(TimeSpan.FromMilliseconds(20));
            longest.Should().NotContain(static delay => delay.IsCompleted);
            await source.CancelAsync();
            foreach (Task delay in longest)
            {
                await FluentActions.Awaiting(() => delay).Should().ThrowAsync<OperationCanceledException>();
            }

            FluentActions.Invoking(() => loop.Delay(TimeSpan.FromTicks(-1))).Should().Throw<ArgumentOutOfRangeException>();
            FluentActions.Invoking(() => loop.Delay(TimeSpan.MinValue)).Should().Throw<ArgumentOutOfRangeException>();
        });
    }

    [Test]
    public async Task A_timer_can_be_awaited_by_other_threads()
    {
        await LoopThread.RunAsync(static async () =>
        {
            UringLoop loop = UringLoop.Current!;
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
            {
                long started = Stopwatch.GetTimestamp();
                await loop.Delay(TimeSpan.FromMilliseconds(5));
                Stopwatch.GetElapsedTime(started).Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(5));
                UringLoop.Current.Should().BeNull();
                Thread.CurrentThread.IsThreadPoolThread.Should().BeTrue();
            })));
        });
    }

    [Test]
    public async Task A_timer_of_a_loop_that_has_ended_is_refused()
    {
        UringLoop loop = await LoopThread.RunAsync(static () => Task.FromResult(UringLoop.Current!));
        FluentActions.Invoking(() => loop.Delay(TimeSpan.Zero)).Should().Throw<ObjectDisposedException>().Which.ObjectName.Should().Be(typeof(UringLoop).FullName);
        await FluentActions.Awaiting(async () => await loop.Delay(TimeSpan.Zero, new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
        loop.GetStatistics().InFlight.Should().Be(0);
    }

    [Test]
    public async Task A_callback_that_holds_the_loop_is_reported_with_its_time_and_no_other_is()
    {
        const int held = 300;
        List<TimeSpan> stalls = [];
        UringLoopOptions options = new() { StallThreshold = TimeSpan.FromMilliseconds(held), Stalled = stalls.Add };
        await LoopThread.RunAsync(
            static async () =>
            {
                UringLoop loop = UringLoop.Current!;
                await loop.Delay(TimeSpan.FromMilliseconds(held + 100));
                loop.Post(static () => Thread.Sleep(held + 50));
                await Task.Yield();
                await Task.Yield();
                for (int i = 0; i < 100; i++)
                {
                    await Task.Yield();
                }
            },
            options);
        stalls.Should().ContainSingle().Which.Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(held + 50));
    }

    [Test]
    public async Task A_continuation_that_holds_the_loop_is_reported_too()
    {
        List<TimeSpan> stalls = [];
        UringLoopOptions options = new() { StallThreshold = TimeSpan.FromMilliseconds(250), Stalled = stalls.Add };
        await LoopThread.RunAsync(
            static async () =>
            {
                await UringLoop.Current!.Delay(TimeSpan.FromMilliseconds(1));
                Thread.Sleep(300);
                await UringLoop.Current!.Delay(TimeSpan.FromMilliseconds(1));
            },
            options);
        stalls.Should().ContainSingle();
    }

    [Test]
    public async Task An_infinite_threshold_reports_nothing()
    {
        UringLoopOptions options = new() { StallThreshold = Timeout.InfiniteTimeSpan, Stalled = static _ => throw new InvalidOperationException("reported") };
        await LoopThread.RunAsync(
            static async () =>
            {
                Thread.Sleep(150);
                await Task.Yield();
            },
            options);
    }

    [Test]
    public async Task A_loop_that_waits_busily_sees_what_has_ended_before_it_would_sleep()
    {
        // Its ring makes completions only when it is entered.
        await LoopThread.RunAsync(
            async () =>
            {
                long began = Stopwatch.GetTimestamp();
                for (int i = 0; i < 10; i++)
                {
                    await UringLoop.Current!.Delay(TimeSpan.FromMilliseconds(1));
                }

                Stopwatch.GetElapsedTime(began).Should().BeLessThan(5 * UringOptions.MaxBusyPoll);
            },
            new UringLoopOptions { BusyPoll = UringOptions.MaxBusyPoll });
    }
}
