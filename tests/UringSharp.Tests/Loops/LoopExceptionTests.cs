using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
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

    [Test]
    public async Task What_InvokeAsync_runs_ends_its_task_with_the_very_exception_it_ends_with()
    {
        PipeWriteCanceledException thrown = new(17, CancellationToken.None);
        UringLoop loop = null!;
        await LoopThread.RunAsync(async () =>
        {
            loop = UringLoop.Current!;
            await Task.Run(async () =>
            {
                (await FluentActions.Awaiting(() => loop.InvokeAsync(ThrowAsync)).Should().ThrowAsync<OperationCanceledException>()).Which.Should().BeSameAs(thrown);
                (await FluentActions.Awaiting(() => loop.InvokeAsync<int>(async () =>
                {
                    await ThrowAsync();
                    return 1;
                })).Should().ThrowAsync<OperationCanceledException>()).Which.Should().BeSameAs(thrown);
                await FluentActions.Awaiting(() => loop.InvokeAsync((Func<Task>)(static () => null!))).Should().ThrowAsync<InvalidOperationException>();
            });
        });
        FluentActions.Invoking(() => { _ = loop.InvokeAsync(ThrowAsync); }).Should().Throw<ObjectDisposedException>().WithMessage("The event loop has ended.*");

        async Task ThrowAsync()
        {
            await Task.Yield();
            throw thrown;
        }
    }

    [Test]
    public async Task What_is_invoked_while_the_loop_ends_runs_on_it_or_not_at_all()
    {
        int elsewhere = 0;
        int refused = 0;
        for (int round = 0; round < 20; round++)
        {
            TaskCompletionSource<UringLoop> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task ending = LoopThread.RunAsync(async () =>
            {
                await Task.Yield();
                Spin();
                begun.SetResult(UringLoop.Current!);

                // It has had its share of turns when the loop ends, and then goes on elsewhere.
                static async void Spin()
                {
                    while (UringLoop.Current is not null)
                    {
                        await Task.Yield();
                    }
                }
            });
            UringLoop loop = await begun.Task;
            List<Task> invoked = [];
            try
            {
                while (true)
                {
                    invoked.Add(loop.InvokeAsync(() => elsewhere += UringLoop.Current == loop ? 0 : 1));
                }
            }
            catch (ObjectDisposedException)
            {
                // The loop has ended.
            }

            await Eventually.Ends(ending);
            foreach (Task task in invoked)
            {
                await ((Task)Task.WhenAny(task)).WaitAsync(Eventually.Deadline);
                refused += task.Exception?.InnerException is ObjectDisposedException ? 1 : 0;
                (task.IsCompletedSuccessfully || task.Exception?.InnerException is ObjectDisposedException).Should().BeTrue();
            }
        }

        elsewhere.Should().Be(0);
        await TestContext.Out.WriteLineAsync($"{refused} refused");
    }

    [Test]
    public async Task Of_several_exceptions_of_callbacks_the_first_is_thrown_and_the_others_are_told_to_the_event_source()
    {
        using FailureListener listener = new();
        await ThrowsFormatException("the first", static async () =>
        {
            UringLoop loop = UringLoop.Current!;
            loop.Post(static () => throw new FormatException("the first"));
            loop.Post(static () => throw new FormatException("the second"));
            await loop.Delay(Timeout.InfiniteTimeSpan);
        });
        listener.Told.Should().ContainSingle(told => told.Contains("the second", StringComparison.Ordinal));
        listener.Told.Should().NotContain(told => told.Contains("the first", StringComparison.Ordinal));
    }

    /// <summary>Collects what is told of callbacks that have failed.</summary>
    private sealed class FailureListener : EventListener
    {
        public ConcurrentQueue<string> Told { get; } = new();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "UringSharp")
            {
                EnableEvents(eventSource, EventLevel.Error);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName == "LoopCallbackFailed")
            {
                Told.Enqueue((string)eventData.Payload![1]!);
            }
        }
    }
}
