using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Synchronous calls on a loop's thread: they wait for what only the loop can do, and must not wait for ever.</summary>
[Category("FaultsSoak")]
public sealed class LoopSynchronousCallTests
{
    [Test]
    public async Task A_synchronous_read_of_a_pipe_waits_while_the_loop_goes_on()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            for (int i = 0; i < 20; i++)
            {
                _ = WriteLaterAsync((byte)i);
                byte[] buffer = new byte[1];
                reader.Read(buffer, 0, 1).Should().Be(1);
                buffer[0].Should().Be((byte)i);
            }

            async Task WriteLaterAsync(byte value)
            {
                await loop.Delay(TimeSpan.FromMilliseconds(1));
                await writer.WriteAsync(new[] { value });
            }
        });
    }

    [Test]
    public async Task A_synchronous_read_of_a_pipe_is_ended_by_another_thread()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        await LoopThread.RunAsync(async () =>
        {
            using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            var disposing = Task.Run(async () =>
            {
                await Task.Delay(20);
                await reader.DisposeAsync();
            });
            FluentActions.Invoking(() => reader.ReadByte()).Should().Throw<ObjectDisposedException>();
            await disposing;
        });
    }

    [Test]
    public async Task A_synchronous_write_into_a_full_pipe_waits_for_its_reader()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        const int length = 1 << 20;
        await LoopThread.RunAsync(async () =>
        {
            await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            Task<long> reading = ReadAllAsync();
            writer.Write(new byte[length], 0, length);
            writer.Dispose();
            (await reading).Should().Be(length);

            async Task<long> ReadAllAsync()
            {
                long total = 0;
                byte[] buffer = new byte[10_000];
                while (await reader.ReadAsync(buffer) is > 0 and int read)
                {
                    total += read;
                }

                return total;
            }
        });
    }

    [Test]
    public async Task A_synchronous_read_that_waits_when_the_loop_ends_ends_too()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        bool hasEnded = false;
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            loop.Post(() =>
            {
                FluentActions.Invoking(() => reader.ReadByte()).Should().Throw<ObjectDisposedException>();
                reader.Dispose();
                hasEnded = true;
            });
            await loop.Delay(TimeSpan.FromMilliseconds(10));
        });
        hasEnded.Should().BeTrue();
    }

    [Test]
    public async Task A_synchronous_call_keeps_what_flows_with_its_caller()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        AsyncLocal<int> local = new();
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            local.Value = 5;
            SynchronizationContext own = new();
            SynchronizationContext? loops = SynchronizationContext.Current;
            loop.Post(() => _ = writer.WriteAsync(new byte[1]).AsTask());
            SynchronizationContext.SetSynchronizationContext(own);
            reader.ReadByte().Should().Be(0);
            SynchronizationContext? after = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(loops);
            local.Value.Should().Be(5);
            after.Should().BeSameAs(own);
        });
    }

    [Test]
    public async Task Synchronous_calls_of_a_file_stream_end_with_writes_behind_them()
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder["file"];
        byte[] block = new byte[100_000];
        Random.Shared.NextBytes(block);
        await LoopThread.RunAsync(async () =>
        {
            for (int round = 0; round < 10; round++)
            {
                UringFileStream stream = await UringFileStream.OpenAsync(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite });
                for (int i = 0; i < 20; i++)
                {
                    await stream.WriteAsync(block.AsMemory(i * 5_000, 5_000));
                    if (i % 4 == 0)
                    {
                        stream.Flush();
                    }
                    else if (i % 4 == 1)
                    {
                        stream.Write(ReadOnlySpan<byte>.Empty);
                    }
                    else if (i % 4 == 2)
                    {
                        stream.Flush(flushToDisk: false);
                    }
                }

                stream.Position = 0;
                byte[] read = new byte[block.Length];
                stream.ReadExactly(read);
                read.Should().Equal(block);
                stream.Position = 0;
                await stream.WriteAsync(block);
                stream.Dispose();
            }
        });
        (await File.ReadAllBytesAsync(path)).Should().Equal(block);
    }

    [Test]
    public async Task A_file_stream_disposed_in_a_finally_at_the_end_keeps_what_was_written([Values] bool isAsync)
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder["file"];
        byte[] block = new byte[3_000];
        Random.Shared.NextBytes(block);
        Task? writing = null;
        TaskCompletionSource written = new();
        await LoopThread.RunAsync(async () =>
        {
            writing = WriteAsync(UringLoop.Current!);
            await written.Task;
        });
        await FluentActions.Awaiting(() => writing!).Should().ThrowAsync<ObjectDisposedException>();
        (await File.ReadAllBytesAsync(path)).Should().Equal(block);

        async Task WriteAsync(UringLoop loop)
        {
            UringFileStream stream = await UringFileStream.OpenAsync(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write });
            try
            {
                await stream.WriteAsync(block);
                written.SetResult();
                await loop.Delay(Timeout.InfiniteTimeSpan);
            }
            finally
            {
                if (isAsync)
                {
                    await stream.DisposeAsync();
                }
                else
                {
                    stream.Dispose();
                }
            }
        }
    }

    [Test]
    public async Task Send_runs_at_once_on_the_loop_and_waits_elsewhere()
    {
        await LoopThread.RunAsync(static async () =>
        {
            SynchronizationContext context = UringLoop.Current!.SynchronizationContext;
            int thread = Environment.CurrentManagedThreadId;
            int ran = 0;
            context.Send(_ => ran++, null);
            ran.Should().Be(1);
            FluentActions.Invoking(() => context.Send(static _ => throw new FormatException(), null)).Should().Throw<FormatException>();

            // Code on the loop's thread that has put another context in its place.
            SynchronizationContext.SetSynchronizationContext(null);
            context.Send(_ => ran++, null);
            SynchronizationContext.SetSynchronizationContext(context);
            ran.Should().Be(2);

            await Task.Run(() =>
            {
                context.Send(_ => ran = Environment.CurrentManagedThreadId, null);
                ran.Should().Be(thread);
                FluentActions.Invoking(() => context.Send(static _ => throw new FormatException(), null)).Should().Throw<FormatException>();

                // Code elsewhere that has taken the loop's context for its own.
                SynchronizationContext.SetSynchronizationContext(context);
                ran = 0;
                context.Send(_ => ran = Environment.CurrentManagedThreadId, null);
                SynchronizationContext.SetSynchronizationContext(null);
                ran.Should().Be(thread);
            });
        });
    }

    [Test]
    public async Task Send_to_a_loop_that_has_ended_runs_on_the_thread_pool()
    {
        SynchronizationContext context = await LoopThread.RunAsync(static () => Task.FromResult(SynchronizationContext.Current!));
        bool isOnPool = false;
        await LoopThread.Start(() =>
        {
            context.Send(_ => isOnPool = Thread.CurrentThread.IsThreadPoolThread, null);
            return true;
        });
        isOnPool.Should().BeTrue();
    }

    [Test]
    public async Task A_synchronous_read_of_code_that_runs_on_while_the_loop_ends_is_ended_by_another_context()
    {
        await using UringContext other = new();
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(other);
        using CancellationTokenSource end = new();
        var writing = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                await writer.WriteAsync(new byte[1]);
                await Task.Delay(1);
            }
        });
        int turns = 0;
        try
        {
            await LoopThread.RunAsync(async () =>
            {
                await Task.Yield();
                Spin();

                async void Spin()
                {
                    // The loop is ending from here on, and ends although this never does.
                    while (true)
                    {
                        await Task.Yield();
                        if (UringLoop.Current is null)
                        {
                            return;
                        }

                        if (++turns > 100)
                        {
                            reader.ReadByte().Should().Be(0);
                        }
                    }
                }
            });
        }
        finally
        {
            await end.CancelAsync();
            await writing;
            await reader.DisposeAsync();
            await writer.DisposeAsync();
        }

        turns.Should().BeGreaterThan(100);
    }

    [TestCase(4096)]
    [TestCase(128 * 1024)]
    public async Task Flows_that_share_a_stream_by_synchronous_and_asynchronous_calls_come_to_their_end(int bufferSize)
    {
        using TempFolder folder = new();
        string path = folder["log"];
        const int flows = 4;
        const int lines = 500;
        const int length = 1000;
        await LoopThread.RunAsync(async () =>
        {
            await using UringFileStream log = await UringFileStream.OpenAsync(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = bufferSize });
            await Task.WhenAll(Enumerable.Range(1, flows).Select(WriteAsync));

            async Task WriteAsync(int flow)
            {
                byte[] line = new byte[length];
                line.AsSpan().Fill((byte)flow);
                for (int i = 0; i < lines; i++)
                {
                    if ((flow & 1) == 0)
                    {
                        await log.WriteAsync(line);
                    }
                    else
                    {
                        log.Write(line);
                    }

                    await Task.Yield();
                }
            }
        });

        byte[][] written = [.. File.ReadAllBytes(path).Chunk(length)];
        written.Should().HaveCount(flows * lines);
        written.Should().OnlyContain(line => line.All(one => one == line[0]), "no line is torn");
        written.GroupBy(line => line[0]).Should().OnlyContain(flow => flow.Count() == lines);
    }

    [Test]
    public async Task A_synchronous_call_has_its_turn_however_many_asynchronous_ones_there_are()
    {
        using TempFolder folder = new();
        await LoopThread.RunAsync(async () =>
        {
            await using UringFileStream log = await UringFileStream.OpenAsync(
                folder["log"], new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 4096 });
            bool isOver = false;
            long overtaking = 0;
            Task[] flows = [.. Enumerable.Range(0, 3).Select(_ => WriteAsync())];
            for (int i = 0; i < 20; i++)
            {
                await Task.Yield();
                long before = overtaking;
                log.Write(new byte[3000]);
                (overtaking - before).Should().BeLessThan(1_000);
            }

            isOver = true;
            await Task.WhenAll(flows);

            async Task WriteAsync()
            {
                byte[] line = new byte[3000];
                while (!isOver)
                {
                    await log.WriteAsync(line);
                    overtaking++;
                }
            }
        });
    }

    [Test]
    public async Task Calls_that_wait_one_inside_the_other_fail_before_they_take_the_whole_stack()
    {
        await LoopThread.RunAsync(async () =>
        {
            (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
            int failed = 0;
            int read = 0;
            const int count = 50_000;
            Task[] flows = [.. Enumerable.Range(0, count).Select(_ => ReadAsync())];
            while (failed == 0)
            {
                await UringLoop.Current!.Delay(TimeSpan.FromMilliseconds(1));
            }

            await writer.WriteAsync(new byte[count]);
            await Task.WhenAll(flows);
            (failed + read).Should().Be(count);
            read.Should().BePositive();
            await reader.DisposeAsync();
            await writer.DisposeAsync();

            async Task ReadAsync()
            {
                await Task.Yield();
                try
                {
                    reader.ReadByte().Should().Be(0);
                    read++;
                }
                catch (InsufficientExecutionStackException)
                {
                    failed++;
                }
            }
        });
    }
}
