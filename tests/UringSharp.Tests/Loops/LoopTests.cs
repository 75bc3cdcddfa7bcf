using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>An event loop: where its code runs, and what its end does.</summary>
[Category("Faults")]
public sealed class LoopTests
{
    [Test]
    public void Run_yields_what_its_code_yields_and_throws_what_it_throws()
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        UringLoop.Run(static () => Task.FromResult(7)).Should().Be(7);
        UringLoop.Run(static async () =>
        {
            await Task.Yield();
            return 8;
        }).Should().Be(8);
        FluentActions.Invoking(static () => UringLoop.Run(static () => throw new FormatException("at once"))).Should().Throw<FormatException>().WithMessage("at once");
        FluentActions.Invoking(static () => UringLoop.Run(static async () =>
        {
            await Task.Yield();
            throw new FormatException("later");
        })).Should().Throw<FormatException>().WithMessage("later");
        FluentActions.Invoking(static () => UringLoop.Run(static () => Task.FromCanceled(new CancellationToken(canceled: true)))).Should().Throw<TaskCanceledException>();
        UringLoop.Current.Should().BeNull();
        SynchronizationContext.Current.Should().BeSameAs(context);
    }

    [Test]
    public async Task A_loop_within_a_loop_is_refused()
    {
        await LoopThread.RunAsync(static async () =>
        {
            FluentActions.Invoking(static () => UringLoop.Run(static () => Task.CompletedTask)).Should().Throw<InvalidOperationException>();

            // Elsewhere one can be run.
            (await Task.Run(static () => UringLoop.Run(static () => Task.FromResult(1)))).Should().Be(1);
        });
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task What_is_awaited_goes_on_on_the_loop()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        string file = folder["file"];
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            int thread = Environment.CurrentManagedThreadId;
            await Task.Yield();
            Check();
            await Task.Delay(1);
            Check();
            await loop.Delay(TimeSpan.FromMilliseconds(1));
            Check();
            await Task.Run(static () => UringLoop.Current.Should().BeNull());
            Check();

            await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            Check();
            await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            Check();
            byte[] buffer = new byte[8];
            ValueTask<int> read = reader.ReadAsync(buffer);
            read.IsCompleted.Should().BeFalse();
            await writer.WriteAsync(new byte[8]);
            Check();
            (await read).Should().Be(8);
            Check();
            Task<int> asTask = reader.ReadAsync(buffer).AsTask();
            await writer.WriteAsync(new byte[8]);
            (await asTask).Should().Be(8);
            Check();
            (await reader.TryReadAsync(buffer, new CancellationTokenSource(1).Token)).IsCanceled.Should().BeTrue();
            Check();

            await UringFileSystem.WriteAllBytesAsync(file, new byte[100_000]);
            Check();
            (await UringFileSystem.ReadAllBytesAsync(file)).Should().HaveCount(100_000);
            Check();
            await using UringFile opened = await UringFile.OpenAsync(file, FileMode.Open, FileAccess.ReadWrite);
            Check();
            (await opened.ReadAsync(buffer, 0)).Should().Be(8);
            Check();
            await opened.FlushAsync();
            Check();
            await using (UringFileStream stream = await UringFileStream.OpenAsync(file, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite }))
            {
                Check();
                await stream.WriteAsync(new byte[10]);
                await stream.FlushAsync();
                Check();
                await stream.CopyToAsync(Stream.Null);
                Check();
            }

            Check();
            (await UringFileSystem.StatAsync(file)).Length.Should().Be(100_000);
            Check();

            void Check()
            {
                Environment.CurrentManagedThreadId.Should().Be(thread);
                UringLoop.Current.Should().BeSameAs(loop);
                SynchronizationContext.Current.Should().BeSameAs(loop.SynchronizationContext);
            }
        });
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task Code_leaves_the_loop_by_ConfigureAwait_and_comes_back_by_Post()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            int thread = Environment.CurrentManagedThreadId;
            await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            for (int i = 0; i < 3; i++)
            {
                await LeaveAsync(i);
                Environment.CurrentManagedThreadId.Should().Be(thread);
            }

            async Task LeaveAsync(int how)
            {
                byte[] buffer = new byte[8];
                ValueTask<int> read = reader.ReadAsync(buffer);
                loop.Post(() => _ = writer.WriteAsync(new byte[8]).AsTask());
                switch (how)
                {
                    case 0:
                        await read.ConfigureAwait(false);
                        break;
                    case 1:
                        await read.AsTask().ConfigureAwait(false);
                        break;
                    default:
                        await read;
                        await Task.Delay(1).ConfigureAwait(false);
                        break;
                }

                Environment.CurrentManagedThreadId.Should().NotBe(thread);
                UringLoop.Current.Should().BeNull();
                (await loop.InvokeAsync(static () => Task.FromResult(Environment.CurrentManagedThreadId))).Should().Be(thread);
            }
        });
    }

    [Test]
    public async Task The_end_cancels_what_is_pending_and_runs_the_finally_blocks_on_the_loop()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        string other = folder.Fifo("other");
        List<string> ended = [];
        List<Task> tasks = [];
        UringLoop? loop = null;
        await LoopThread.RunAsync(async () =>
        {
            loop = UringLoop.Current!;
            int thread = Environment.CurrentManagedThreadId;
            UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            Begin("read", () => reader.ReadAsync(new byte[8]).AsTask());
            Begin("read as ValueTask", async () => await reader.TryReadAsync(new byte[8]));
            Begin("open", () => NamedPipe.OpenWriteAsync(other).AsTask());
            Begin("delay", () => loop.Delay(TimeSpan.FromDays(1)).AsTask());
            Begin("for ever", () => loop.Delay(Timeout.InfiniteTimeSpan).AsTask());
            var handle = UringHandle.FromHandle(new Microsoft.Win32.SafeHandles.SafeFileHandle(Interop.Native.NativeMethods.EventCreate(), ownsHandle: true));
            Begin("poll", () => handle.WaitAsync(PollEvents.Read).AsTask());
            UringPipeStream text = await NamedPipe.OpenReadAsync(folder.Fifo("text"));
            Begin("lines", async () =>
            {
                await foreach (string line in text.ReadLinesAsync())
                {
                    line.Should().BeNull();
                }
            });
            await Task.Yield();

            void Begin(string name, Func<Task> start) => tasks.Add(AwaitAsync(name, start));

            async Task AwaitAsync(string name, Func<Task> start)
            {
                try
                {
                    await start();
                }
                catch (ObjectDisposedException e)
                {
                    e.ObjectName.Should().Be(typeof(UringLoop).FullName);
                    throw;
                }
                finally
                {
                    Environment.CurrentManagedThreadId.Should().Be(thread, name);
                    FluentActions.Invoking(() => loop.Delay(TimeSpan.Zero)).Should().Throw<ObjectDisposedException>();
                    await FluentActions.Awaiting(async () => await reader.TryReadAsync(new byte[1])).Should().ThrowAsync<ObjectDisposedException>();
                    await FluentActions.Awaiting(async () => await NamedPipe.OpenReadAsync(fifo)).Should().ThrowAsync<ObjectDisposedException>();
                    await Task.Yield();
                    Environment.CurrentManagedThreadId.Should().Be(thread, name);
                    ended.Add(name);
                }
            }
        });

        foreach (Task task in tasks)
        {
            await FluentActions.Awaiting(() => task).Should().ThrowAsync<ObjectDisposedException>();
        }

        ended.Should().BeEquivalentTo("read", "read as ValueTask", "open", "delay", "for ever", "poll", "lines");
        FluentActions.Invoking(() => loop!.Post(static () => { })).Should().Throw<ObjectDisposedException>();
        TaskCompletionSource<SynchronizationContext?> ran = new();
        loop!.SynchronizationContext.Post(_ => ran.SetResult(SynchronizationContext.Current), null);
        (await Eventually.Ends(ran.Task)).Should().BeNull();
    }
}
