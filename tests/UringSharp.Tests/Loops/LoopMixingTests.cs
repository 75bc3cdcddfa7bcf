using System.Globalization;
using UringSharp.Engine;
using UringSharp.Tests.Descriptors;
using UringSharp.Tests.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Handles of one place awaited at another: code goes on where it was awaited, whoever answers.</summary>
public sealed class LoopMixingTests
{
    [Test]
    public async Task A_handle_of_a_context_is_awaited_on_a_loop([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        await LoopThread.RunAsync(async () =>
        {
            int thread = Environment.CurrentManagedThreadId;
            UringLoop loop = UringLoop.Current!;
            byte[] buffer = new byte[8];
            for (int i = 0; i < 200; i++)
            {
                ValueTask<int> read = fifo.Reader.ReadAsync(buffer);
                fifo.Write(i);
                (await read).Should().Be(8);
                Environment.CurrentManagedThreadId.Should().Be(thread);
                UringLoop.Current.Should().BeSameAs(loop);
                using var block = file.Rent();
                (await file.File.ReadAsync(block.Memory, 4096 * (i % 16))).Should().BeGreaterThan(0);
                Environment.CurrentManagedThreadId.Should().Be(thread);
            }
        });
    }

    [Test]
    public async Task A_read_of_a_context_that_is_pending_at_the_end_of_a_loop_goes_on_elsewhere()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        Task<bool>? reading = null;
        await LoopThread.RunAsync(async () =>
        {
            reading = ReadAsync();
            await Task.Yield();
        });
        reading!.IsCompleted.Should().BeFalse();
        fifo.Write();
        (await Eventually.Ends(reading)).Should().BeTrue();

        async Task<bool> ReadAsync()
        {
            (await fifo.Reader.ReadAsync(new byte[8])).Should().Be(8);
            return Thread.CurrentThread.IsThreadPoolThread && SynchronizationContext.Current is null;
        }
    }

    [Test]
    public async Task A_handle_of_a_loop_is_awaited_by_the_pool_and_by_another_loop()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        string path = folder.File("file", new byte[8192]);
        await LoopThread.RunAsync(async () =>
        {
            await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            await using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.ReadWrite);
            await Task.Run(() => UseAsync(static () =>
            {
                UringLoop.Current.Should().BeNull();
                Thread.CurrentThread.IsThreadPoolThread.Should().BeTrue();
            }));
            await LoopThread.RunAsync(async () =>
            {
                int thread = Environment.CurrentManagedThreadId;
                UringLoop loop = UringLoop.Current!;
                await UseAsync(() =>
                {
                    Environment.CurrentManagedThreadId.Should().Be(thread);
                    UringLoop.Current.Should().BeSameAs(loop);
                });
            });

            async Task UseAsync(Action check)
            {
                byte[] buffer = new byte[8];
                for (int i = 0; i < 300; i++)
                {
                    ValueTask<int> read = reader.ReadAsync(buffer);
                    await writer.WriteAsync(new byte[8]);
                    check();
                    (await read).Should().Be(8);
                    check();
                    Task<int> asTask = reader.ReadAsync(buffer).AsTask();
                    await writer.WriteAsync(new byte[8]);
                    (await asTask).Should().Be(8);
                    check();
                    (await file.ReadAsync(buffer, 0)).Should().Be(8);
                    check();
                    await file.WriteAsync(buffer, 0);
                    check();
                }

                await file.FlushAsync();
                check();
                using CancellationTokenSource source = new(2);
                (await reader.TryReadAsync(buffer, source.Token)).IsCanceled.Should().BeTrue();
                check();
            }
        });
    }

    [Test]
    public async Task A_late_answer_of_a_loop_that_is_awaited_elsewhere_goes_on_there()
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder.File("file", new byte[4096]);
        await LoopThread.RunAsync(async () =>
        {
            using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read);
            for (int i = 0; i < 20; i++)
            {
                // What many answers in a row have put off to the next turn, taken before that to another thread, which awaits it.
                TakeLateAnswer(file, out ValueTask<int> late);
                await AwaitElsewhereAsync(late);
            }

            static Task AwaitElsewhereAsync(ValueTask<int> late)
            {
                Task? awaiting = null;
                Thread thread = new(() => awaiting = AwaitAsync(late));
                thread.Start();
                thread.Join();
                return awaiting!;
            }

            static async Task AwaitAsync(ValueTask<int> late)
            {
                await late;
                UringLoop.Current.Should().BeNull();
            }
        });
    }

    [Test]
    public async Task A_late_answer_of_a_pump_that_is_awaited_on_a_loop_goes_on_there()
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder.File("file", new byte[4096]);
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
        using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        await LoopThread.RunAsync(async () =>
        {
            int thread = Environment.CurrentManagedThreadId;
            for (int i = 0; i < 20; i++)
            {
                TaskCompletionSource<ValueTask<int>> handed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                using ManualResetEventSlim awaited = new();
                Task hands = HandAsync(handed, awaited);
                fifo.Write();
                ValueTask<int> late = await handed.Task;
                Task awaiting = AwaitAsync(late);
                awaited.Set();
                await awaiting;
                await hands;
            }

            async Task AwaitAsync(ValueTask<int> late)
            {
                await late;
                Environment.CurrentManagedThreadId.Should().Be(thread);
            }

            async Task HandAsync(TaskCompletionSource<ValueTask<int>> handed, ManualResetEventSlim awaited)
            {
                await fifo.Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
                PumpThread.Current.Should().NotBeNull();
                TakeLateAnswer(file, out ValueTask<int> late);
                handed.SetResult(late);
                awaited.Wait();
            }
        });
    }

    [Test]
    public async Task Requests_of_a_loops_handle_are_cancelled_and_ended_from_other_threads()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        await LoopThread.RunAsync(async () =>
        {
            int thread = Environment.CurrentManagedThreadId;
            for (int i = 0; i < 100; i++)
            {
                UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
                using CancellationTokenSource source = new();
                Task read = AwaitAsync<OperationCanceledException>(reader.ReadAsync(new byte[8], source.Token));
                Task other = AwaitAsync<ObjectDisposedException>(reader.ReadAsync(new byte[8]));
                await Task.Run(source.Cancel);
                await read;
                await Task.Run(() => reader.Dispose());
                await other;
            }

            async Task AwaitAsync<TException>(ValueTask<int> read)
                where TException : Exception
            {
                await FluentActions.Awaiting(async () => await read).Should().ThrowAsync<TException>();
                Environment.CurrentManagedThreadId.Should().Be(thread);
            }
        });
    }

    [Test]
    public async Task Handles_of_a_loop_that_has_ended_refuse_requests_and_close_when_they_are_disposed()
    {
        using TempFolder folder = DiskFolder.Create();
        string fifo = folder.Fifo();
        string path = folder.File("file", new byte[4096]);
        int descriptors = Footprint.DescriptorsInUse;
        UringPipeStream reader = null!;
        UringFile file = null!;
        UringFileStream stream = null!;
        UringHandle handle = null!;
        await LoopThread.RunAsync(async () =>
        {
            reader = await NamedPipe.OpenReadAsync(fifo);
            file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.ReadWrite);
            stream = await UringFileStream.OpenAsync(path, new FileStreamOptions { Access = FileAccess.ReadWrite });
            handle = UringHandle.FromDescriptor(HandleLibc.Event(), ownsHandle: true);
        });

        byte[] buffer = new byte[8];
        await Refuses(() => reader.ReadAsync(buffer).AsTask());
        await Refuses(async () => await reader.TryReadAsync(buffer));
        await Refuses(() => file.ReadAsync(buffer, 0).AsTask());
        await Refuses(() => file.WriteAsync(buffer, 0).AsTask());
        await Refuses(() => file.FlushAsync().AsTask());
        await Refuses(() => stream.ReadAsync(buffer).AsTask());
        await Refuses(() => handle.WaitAsync(PollEvents.Read).AsTask());
        Footprint.Descriptors.Should().BeGreaterThanOrEqualTo(descriptors + 4);
        reader.Dispose();
        await file.DisposeAsync();
        stream.Dispose();
        await handle.DisposeAsync();
        Footprint.Descriptors.Should().BeLessThanOrEqualTo(descriptors);

        static async Task Refuses(Func<Task> request) =>
            (await FluentActions.Awaiting(() => Task.Run(request)).Should().ThrowAsync<ObjectDisposedException>()).Which.ObjectName.Should().Be(typeof(UringLoop).FullName);
    }

    [Test]
    public async Task A_loop_runs_inside_a_continuation_of_a_context()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        Task<string> reading = ReadAsync();
        fifo.Write();
        (await Eventually.Ends(reading)).Should().Be("5 True");
        for (int i = 0; i < 100; i++)
        {
            ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8]);
            fifo.Write();
            (await read.AsTask().WaitAsync(Eventually.Deadline)).Should().Be(8);
        }

        async Task<string> ReadAsync()
        {
            await fifo.Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
            PumpThread? before = PumpThread.Current;
            int result = UringLoop.Run(static async () =>
            {
                await UringLoop.Current!.Delay(TimeSpan.FromMilliseconds(20));
                return 5;
            });
            return string.Create(CultureInfo.InvariantCulture, $"{result} {ReferenceEquals(before, PumpThread.Current)}");
        }
    }

    [Test]
    public async Task Nothing_of_a_loop_is_reachable_from_what_awaits_something_foreign()
    {
        TaskCompletionSource foreign = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? awaiting = null;
        WeakReference<object> pump = await LoopThread.RunAsync(async () =>
        {
            awaiting = AwaitAsync();
            await UringLoop.Current!.Delay(TimeSpan.FromMilliseconds(1));
            return new WeakReference<object>(CompletionPump.OfLoopHere!);
        });
        await Eventually.Holds(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return !pump.TryGetTarget(out _);
            },
            () => "the loop is still reachable");
        awaiting!.IsCompleted.Should().BeFalse();
        foreign.SetResult();
        await Eventually.Ends(awaiting);

        async Task AwaitAsync() => await foreign.Task;
    }

    private static void TakeLateAnswer(UringFile file, out ValueTask<int> answer)
    {
        byte[] buffer = new byte[64];
        do
        {
            answer = file.ReadAsync(buffer, 0);
        }
        while (answer.IsCompleted);
    }
}
