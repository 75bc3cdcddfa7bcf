using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Exceptions: what of them Run throws, and what becomes of the loop's other code.</summary>
public sealed class LoopExceptionTests
{
    [Test]
    public async Task An_exception_of_a_posted_callback_ends_the_loop_and_is_thrown_by_Run()
    {
        int ended = 0;
        await ThrowsFormatException("posted", async () =>
        {
            UringLoop loop = UringLoop.Current!;
            _ = CountEndAsync(loop, () => ended++);
            loop.Post(static () => throw new FormatException("posted"));
            await new TaskCompletionSource().Task;
        });
        ended.Should().Be(1);
    }

    [Test]
    public async Task The_exception_that_ended_the_loop_is_thrown_and_not_what_it_made_of_the_main_task()
    {
        bool hasEnded = false;
        await ThrowsFormatException("posted", async () =>
        {
            UringLoop loop = UringLoop.Current!;
            loop.Post(static () => throw new FormatException("posted"));
            try
            {
                await loop.Delay(TimeSpan.FromDays(1));
            }
            finally
            {
                hasEnded = true;
            }
        });
        hasEnded.Should().BeTrue();
    }

    [Test]
    public async Task An_exception_posted_by_another_thread_ends_the_loop()
    {
        await ThrowsFormatException("from elsewhere", static async () =>
        {
            UringLoop loop = UringLoop.Current!;
            _ = Task.Run(() => loop.Post(static () => throw new FormatException("from elsewhere")));
            await loop.Delay(Timeout.InfiniteTimeSpan);
        });
    }

    [Test]
    public async Task An_exception_of_an_async_void_method_ends_the_loop()
    {
        await ThrowsFormatException("void", static async () =>
        {
            Throw();
            await UringLoop.Current!.Delay(Timeout.InfiniteTimeSpan);

            static async void Throw()
            {
                await Task.Yield();
                throw new FormatException("void");
            }
        });
    }

    [Test]
    public async Task An_exception_of_main_counts_more_than_one_that_comes_later()
    {
        await ThrowsFormatException("main", static async () =>
        {
            _ = ThrowAtEndAsync();
            await Task.Yield();
            throw new FormatException("main");

            static async Task ThrowAtEndAsync()
            {
                try
                {
                    await UringLoop.Current!.Delay(Timeout.InfiniteTimeSpan);
                }
                finally
                {
                    UringLoop.Current!.Post(Refuse);
                }
            }
        });
    }

    [Test]
    public async Task An_exception_in_a_finally_at_the_end_stays_in_its_task_and_others_end_all_the_same()
    {
        int ended = 0;
        Task? throwing = null;
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            _ = CountEndAsync(loop, () => ended++);
            throwing = CountEndAsync(loop, static () => throw new FormatException("finally"));
            _ = CountEndAsync(loop, () => ended++);
            await Task.Yield();
        });
        ended.Should().Be(2);
        await FluentActions.Awaiting(() => throwing!).Should().ThrowAsync<FormatException>();
    }

    [Test]
    public async Task An_exception_of_an_async_void_method_at_the_end_is_thrown_by_Run()
    {
        int ended = 0;
        await ThrowsFormatException("finally", async () =>
        {
            UringLoop loop = UringLoop.Current!;
            Throw(loop);
            _ = CountEndAsync(loop, () => ended++);
            await Task.Yield();

            static async void Throw(UringLoop loop) => await CountEndAsync(loop, static () => throw new FormatException("finally"));
        });
        ended.Should().Be(1);
    }

    [Test]
    public async Task An_exception_of_the_stall_report_ends_the_loop()
    {
        UringLoopOptions options = new() { StallThreshold = TimeSpan.FromMilliseconds(1), Stalled = static _ => throw new FormatException("stall") };
        await ThrowsFormatException(
            "stall",
            static async () =>
            {
                Thread.Sleep(20);
                await UringLoop.Current!.Delay(Timeout.InfiniteTimeSpan);
            },
            options);
    }

    [Test]
    public async Task Main_that_throws_at_once_ends_what_it_began()
    {
        int ended = 0;
        await ThrowsFormatException("main", () =>
        {
            _ = CountEndAsync(UringLoop.Current!, () => ended++);
            throw new FormatException("main");
        });
        ended.Should().Be(1);
    }

    [Test]
    public async Task Main_that_returns_no_task_is_an_invalid_operation() =>
        await FluentActions.Awaiting(static () => LoopThread.Start(static () =>
        {
            UringLoop.Run(static () => null!);
            return true;
        })).Should().ThrowAsync<InvalidOperationException>();

    [Test]
    public async Task Main_that_blocks_and_never_awaits_is_run_to_its_end()
    {
        int ended = 0;
        (await LoopThread.RunAsync(() =>
        {
            _ = CountEndAsync(UringLoop.Current!, () => ended++);
            Thread.Sleep(50);
            return Task.FromResult(3);
        })).Should().Be(3);
        ended.Should().Be(1);
    }

    [Test]
    public async Task What_was_posted_before_an_exception_and_after_it_runs_all_the_same()
    {
        List<int> ran = [];
        await ThrowsFormatException("first", async () =>
        {
            UringLoop loop = UringLoop.Current!;
            loop.Post(() => ran.Add(1));
            loop.Post(static () => throw new FormatException("first"));
            loop.Post(() => ran.Add(2));
            loop.Post(static () => throw new FormatException("second"));
            await loop.Delay(Timeout.InfiniteTimeSpan);
        });
        ran.Should().Equal(1, 2);
    }

    [Test]
    public async Task What_invoked_code_throws_is_told_to_who_invoked_it_and_to_nobody_else()
    {
        await LoopThread.RunAsync(static async () =>
        {
            UringLoop loop = UringLoop.Current!;
            await Task.Run(async () =>
            {
                await FluentActions.Awaiting(() => loop.InvokeAsync((Action)(static () => throw new FormatException()))).Should().ThrowAsync<FormatException>();
                await FluentActions.Awaiting(() => loop.InvokeAsync((Func<Task>)(static () => throw new FormatException()))).Should().ThrowAsync<FormatException>();
                await FluentActions.Awaiting(() => loop.InvokeAsync<int>(static async () =>
                {
                    await Task.Yield();
                    throw new FormatException();
                })).Should().ThrowAsync<FormatException>();
                using CancellationTokenSource source = new();
                await source.CancelAsync();
                (await FluentActions.Awaiting(() => loop.InvokeAsync(() => Task.FromCanceled(source.Token))).Should().ThrowAsync<OperationCanceledException>())
                    .Which.CancellationToken.Should().Be(source.Token);
            });
        });
    }

    [Test]
    public async Task A_loop_that_cannot_be_made_leaves_the_thread_as_it_was()
    {
        await LoopThread.Start(static () =>
        {
            FluentActions.Invoking(static () => UringLoop.Run(null!)).Should().Throw<ArgumentNullException>();
            UringLoop.Current.Should().BeNull();
            return UringLoop.Run(static () => Task.FromResult(1));
        });
    }

    private static void Refuse() => throw new NotSupportedException();

    private static async Task CountEndAsync(UringLoop loop, Action atEnd)
    {
        try
        {
            await loop.Delay(Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // As it should be.
        }
        finally
        {
            UringLoop.Current.Should().BeSameAs(loop);
            atEnd();
        }
    }

    private static async Task ThrowsFormatException(string message, Func<Task> main, UringLoopOptions? options = null)
    {
        Task loop = LoopThread.Start(() =>
        {
            UringLoop.Run(main, options);
            return true;
        });
        await Eventually.Ends(loop);
        await FluentActions.Awaiting(() => loop).Should().ThrowAsync<FormatException>().WithMessage(message);
    }
}
