using System.Diagnostics;
using System.Runtime.CompilerServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Disposing a pipe with reads pending: Laws 2, 3 and 6.</summary>
[Category("FaultsSoak")]
public sealed class DisposeTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[64];

    [Test]
    public async Task A_pending_read_ends_with_ObjectDisposedException()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        stream.Dispose();

        await ShouldBeDisposed(read);
        await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 0, () => "the descriptor is still open");
    }

    [Test]
    public async Task Many_reads_waiting_in_line_end_with_ObjectDisposedException()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int>[] reads = [.. Enumerable.Range(0, 200).Select(_ => stream.ReadAsync(new byte[1]).AsTask())];
        await Pends();

        stream.Dispose();

        foreach (Task<int> read in reads)
        {
            await ShouldBeDisposed(read);
        }

        await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 0, () => "the descriptor is still open");
    }

    [Test]
    public async Task The_exception_names_the_stream()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        stream.Dispose();

        string pending = (await FluentActions.Awaiting(() => read).Should().ThrowAsync<ObjectDisposedException>()).Which.ObjectName;
        string later = FluentActions.Invoking(() => stream.ReadAsync(_buffer)).Should().Throw<ObjectDisposedException>().Which.ObjectName;

        pending.Should().Be(typeof(UringPipeStream).FullName);
        later.Should().Be(typeof(UringPipeStream).FullName);
    }

    [Test]
    public async Task Dispose_returns_without_waiting()
    {
        double worst = 0;
        for (int i = 0; i < 20; i++)
        {
            (UringPipeStream stream, _) = await OpenNewAsync($"fifo{i}");
            Task<int> read = stream.ReadAsync(_buffer).AsTask();
            await Pends();
            long started = Stopwatch.GetTimestamp();
            stream.Dispose();
            worst = Math.Max(worst, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await ShouldBeDisposed(read);
        }

        Report($"worst of 20: {worst:0.000} ms");
        worst.Should().BeLessThan(50);
    }

    [Test]
    public async Task Dispose_waits_for_nothing_not_even_while_the_pump_is_blocked()
    {
        // Inline, a continuation that blocks stops the ring: nothing can end, and Dispose must return all the same.
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
        NamedPipeOptions options = new() { Context = context };
        await using UringPipeStream blocking = await OpenOffThePump(Folder.Fifo("blocking"));
        UringPipeStream stream = await OpenOffThePump(Folder.Fifo("stream"));
        using ManualResetEventSlim goOn = new();
        using ManualResetEventSlim isBlocked = new();
        Task blocked = BlockThePump();
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        FifoWriter.Visit(Folder["blocking"], [1]);
        isBlocked.Wait(Eventually.Deadline).Should().BeTrue();

        var disposal = Task.Run(stream.Dispose);
        bool returned = disposal.Wait(TimeSpan.FromSeconds(5));
        var asynchronous = Task.Run(() => stream.DisposeAsync().AsTask());
        bool endedTooEarly = OpenDescriptors.CountOf(Folder["stream"]) > 0 && asynchronous.Wait(TimeSpan.FromMilliseconds(50));
        goOn.Set();

        returned.Should().BeTrue("Dispose does not wait");
        endedTooEarly.Should().BeFalse("DisposeAsync does");
        await asynchronous.WaitAsync(Eventually.Deadline);
        await ShouldBeDisposed(read);
        await blocked.WaitAsync(Eventually.Deadline);

        async Task<UringPipeStream> OpenOffThePump(string path)
        {
            UringPipeStream opened = await NamedPipe.OpenReadAsync(path, options);
            await Task.Yield();
            return opened;
        }

        async Task BlockThePump()
        {
            await blocking.ReadAsync(_buffer).ConfigureAwait(false);
            isBlocked.Set();
            goOn.Wait(Eventually.Deadline);
        }
    }

    [Test]
    public async Task DisposeAsync_ends_when_the_descriptor_is_closed()
    {
        for (int i = 0; i < 100; i++)
        {
            (UringPipeStream stream, string path) = await OpenNewAsync($"fifo{i}");
            Task<int>[] reads = [.. Enumerable.Range(0, 1 + (i % 5)).Select(_ => stream.ReadAsync(new byte[1]).AsTask())];
            if (i % 2 == 0)
            {
                await Pends();
            }

            await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

            OpenDescriptors.CountOf(path).Should().Be(0);
            foreach (Task<int> read in reads)
            {
                await ShouldBeDisposed(read);
            }
        }
    }

    [Test]
    public async Task DisposeAsync_called_by_many_ends_for_each_of_them()
    {
        for (int i = 0; i < 200; i++)
        {
            (UringPipeStream stream, string path) = await OpenNewAsync($"fifo{i}");
            Task<int> read = stream.ReadAsync(_buffer).AsTask();
            Task[] disposals = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await stream.DisposeAsync()))];

            await Task.WhenAll(disposals).WaitAsync(Eventually.Deadline);

            OpenDescriptors.CountOf(path).Should().Be(0);
            await ShouldBeDisposed(read);
        }
    }

    [Test]
    public async Task Disposing_twice_in_either_way_is_harmless()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        stream.Dispose();
        stream.Dispose();
        stream.Close();
        await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        // A second close of the number would have hit this one.
        (UringPipeStream heir, string path) = await OpenNewAsync("heir");
        stream.Dispose();
        FifoWriter.Visit(path, [1]);
        (await Eventually.Ends(heir.ReadAsync(_buffer).AsTask())).Should().Be(1);
    }

    [Test]
    public async Task Every_kind_of_read_after_dispose_throws_ObjectDisposedException()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1]);
        stream.Dispose();

        FluentActions.Invoking(() => stream.ReadAsync(_buffer)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => stream.ReadAsync(Memory<byte>.Empty)).Should().Throw<ObjectDisposedException>();
        await FluentActions.Awaiting(() => stream.ReadAsync(_buffer, 0, 1)).Should().ThrowAsync<ObjectDisposedException>();
        FluentActions.Invoking(() => stream.Read(_buffer, 0, 1)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => stream.Read(_buffer.AsSpan())).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(stream.ReadByte).Should().Throw<ObjectDisposedException>();
        await FluentActions.Awaiting(() => stream.CopyToAsync(Stream.Null)).Should().ThrowAsync<ObjectDisposedException>();
        stream.CanRead.Should().BeFalse();
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task Disposing_inside_the_continuation_of_its_own_read_is_harmless()
    {
        for (int i = 0; i < 300; i++)
        {
            (UringPipeStream stream, string path) = await OpenNewAsync($"fifo{i}");
            Task<int> read = ReadThenDispose(stream, asynchronously: i % 2 == 0);
            FifoWriter.Visit(path, [1, 2]);

            (await Eventually.Ends(read)).Should().Be(2);
            await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 0, () => "the descriptor is still open");
        }

        async Task<int> ReadThenDispose(UringPipeStream stream, bool asynchronously)
        {
            int read = await stream.ReadAsync(new byte[8]).ConfigureAwait(false);
            if (asynchronously)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                stream.Dispose();
            }

            return read;
        }
    }

    [Test]
    public async Task Disposing_inside_the_continuation_ends_the_reads_behind_it()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int> first = ReadThenDispose();
        Task<int>[] others = [.. Enumerable.Range(0, 5).Select(_ => stream.ReadAsync(new byte[1]).AsTask())];
        await Pends();
        using FifoWriter writer = new(path);
        writer.Write([1]);

        (await Eventually.Ends(first)).Should().Be(1);
        foreach (Task<int> other in others)
        {
            await ShouldBeDisposed(other);
        }

        async Task<int> ReadThenDispose()
        {
            int read = await stream.ReadAsync(_buffer).ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
            return read;
        }
    }

    [Test]
    public async Task The_first_cause_decides_when_token_and_dispose_come_one_after_the_other()
    {
        for (int i = 0; i < 200; i++)
        {
            (UringPipeStream stream, _) = await OpenNewAsync($"fifo{i}");
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            await Pends();

            source.Cancel();
            stream.Dispose();

            (await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<OperationCanceledException>())
                .Which.CancellationToken.Should().Be(source.Token);
        }
    }

    [Test]
    public async Task Token_and_dispose_at_the_same_time_end_the_read_in_one_of_two_ways()
    {
        int cancelled = 0;
        int disposed = 0;
        BalancedPause pause = new(new Random(Seed()));
        for (int i = 0; i < 2_000; i++)
        {
            string path = i == 0 ? Folder.Fifo() : Folder["fifo"];
            UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            var other = Task.Run(stream.Dispose);
            pause.Spend();
            source.Cancel();
            await other;
            try
            {
                await Eventually.Ends(read);
                Assert.Fail("A read nobody answered has ended with a result.");
            }
            catch (OperationCanceledException e)
            {
                e.CancellationToken.Should().Be(source.Token);
                cancelled++;
                pause.Learn(secondWon: true);
            }
            catch (ObjectDisposedException)
            {
                disposed++;
                pause.Learn(secondWon: false);
            }
        }

        Report($"{cancelled} by the token, {disposed} by dispose");
    }

    [Test]
    public async Task Dispose_racing_the_start_of_a_read_ends_it_or_refuses_it()
    {
        string path = Folder.Fifo();
        BalancedPause pause = new(new Random(Seed()));
        int refused = 0;
        int ended = 0;
        for (int i = 0; i < 4_000; i++)
        {
            UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
            int ready = 0;
            var other = Task.Run(() =>
            {
                Volatile.Write(ref ready, 1);
                Spin(1);
                stream.Dispose();
            });
            SpinUntilSet(ref ready);
            pause.Spend();
            Task<int> read;
            try
            {
                read = stream.ReadAsync(_buffer).AsTask();
            }
            catch (ObjectDisposedException)
            {
                refused++;
                pause.Learn(secondWon: false);
                await other;
                continue;
            }

            await ShouldBeDisposed(read);
            ended++;
            pause.Learn(secondWon: true);
            await other;
        }

        Report($"{refused} refused, {ended} ended");
        OpenDescriptors.CountOf(path).Should().Be(0);
    }

    [Test]
    public async Task A_read_that_won_against_dispose_has_the_byte_and_one_that_lost_has_left_it()
    {
        string path = Folder.Fifo();
        BalancedPause pause = new(new Random(Seed()));
        int won = 0;
        int lost = 0;

        // Holds the FIFO open for reading across the streams, so that a byte left behind stays.
        int keeper = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        using FifoWriter writer = new(path);
        for (int i = 0; i < (SoakTime.IsLong ? 50_000 : 2_000); i++)
        {
            UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
            byte[] buffer = new byte[8];
            Task<int> read = stream.ReadAsync(buffer).AsTask();
            int ready = 0;
            var other = Task.Run(() =>
            {
                Volatile.Write(ref ready, 1);
                Spin(10);
                stream.Dispose();
            });
            SpinUntilSet(ref ready);
            pause.Spend();
            writer.Write([(byte)i]);
            await other;
            try
            {
                (await Eventually.Ends(read)).Should().Be(1);
                won++;
                pause.Learn(secondWon: true);
            }
            catch (ObjectDisposedException)
            {
                PipeLibc.Read(keeper, buffer).Should().Be(1, "the byte was not delivered, so it must be in the pipe");
                lost++;
                pause.Learn(secondWon: false);
            }

            buffer[0].Should().Be((byte)i);
            PipeLibc.Read(keeper, buffer).Should().Be(-PipeLibc.Again, "the byte must not be there twice");
        }

        _ = PipeLibc.Close(keeper);
        Report($"{won} delivered, {lost} left in the pipe");
        won.Should().BePositive();
        lost.Should().BePositive();
    }

    [Test]
    public async Task A_stream_that_is_forgotten_without_a_read_closes_its_descriptor_by_and_by()
    {
        string path = Folder.Fifo();

        await Forget(path);

        await CollectUntilClosed(path);

        [MethodImpl(MethodImplOptions.NoInlining)]
        async Task Forget(string path)
        {
            UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
            _ = stream.CanRead;
        }
    }

    [Test]
    public async Task A_pending_operation_does_not_keep_the_stream_alive()
    {
        string path = Folder.Fifo();
        (WeakReference stream, Task<int> read) = await StartAndForget();

        await Eventually.Holds(
            () =>
            {
                GC.Collect();
                return !stream.IsAlive;
            },
            () => "the stream is still referenced");
        read.IsCompleted.Should().BeFalse();
        FifoWriter.Visit(path, [1]);
        (await Eventually.Ends(read)).Should().Be(1);
        await CollectUntilClosed(path);

        [MethodImpl(MethodImplOptions.NoInlining)]
        async Task<(WeakReference Stream, Task<int> Read)> StartAndForget()
        {
            UringPipeStream opened = await NamedPipe.OpenReadAsync(path, Options);
            return (new WeakReference(opened), opened.ReadAsync(_buffer).AsTask());
        }
    }

    [Test]
    public async Task The_end_of_the_context_ends_reads_that_wait_in_line()
    {
        UringContext context = new();
        UringPipeStream stream = await NamedPipe.OpenReadAsync(Folder.Fifo(), new NamedPipeOptions { Context = context });
        Task<int>[] reads = [.. Enumerable.Range(0, 20).Select(_ => stream.ReadAsync(new byte[1]).AsTask())];

        await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        foreach (Task<int> read in reads)
        {
            await ShouldBeDisposed(read);
        }

        await FluentActions.Awaiting(async () => await stream.ReadAsync(_buffer)).Should().ThrowAsync<ObjectDisposedException>();
        await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
    }

    [Test]
    public async Task DisposeAsync_racing_the_start_of_a_read_ends_only_when_the_descriptor_is_closed()
    {
        string path = Folder.Fifo();
        BalancedPause pause = new(new Random(Seed()));
        UringPipeStream? offered = null;
        bool stop = false;
        List<Task<int>> reads = [];
        int refused = 0;
        int late = 0;
        Task reading = OnAThreadOfItsOwn(() =>
        {
            SpinWait spinner = default;
            while (!Volatile.Read(ref stop))
            {
                if (Volatile.Read(ref offered) is not { } stream)
                {
                    spinner.SpinOnce(sleep1Threshold: -1);
                    continue;
                }

                pause.Spend();
                try
                {
                    reads.Add(stream.ReadAsync(new byte[1]).AsTask());
                    pause.Learn(secondWon: true);
                }
                catch (ObjectDisposedException)
                {
                    refused++;
                    pause.Learn(secondWon: false);
                }

                Volatile.Write(ref offered, null);
            }
        });
        try
        {
            await OnAThreadOfItsOwn(() =>
            {
                for (int i = 0; i < (SoakTime.IsLong ? 15_000 : 750); i++)
                {
                    UringPipeStream stream = NamedPipe.OpenReadAsync(path, Options).AsTask().GetAwaiter().GetResult();
                    Volatile.Write(ref offered, stream);
                    Spin(3);
                    stream.DisposeAsync().AsTask().GetAwaiter().GetResult();
                    late += OpenDescriptors.CountOf(path);
                    SpinWait spinner = default;
                    while (Volatile.Read(ref offered) is not null)
                    {
                        spinner.SpinOnce(sleep1Threshold: -1);
                    }
                }
            });
        }
        finally
        {
            Volatile.Write(ref stop, true);
        }

        await reading;
        foreach (Task<int> read in reads)
        {
            await Eventually.Ends((Task)read);
            read.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
        }

        Report($"{refused} reads refused, {reads.Count} ended; {late} descriptors still open when DisposeAsync had ended");
        late.Should().Be(0);
    }

    [Test]
    public async Task A_disposed_context_refuses_reads_even_when_data_is_there()
    {
        UringContext context = new();
        UringPipeStream stream = await NamedPipe.OpenReadAsync(Folder.Fifo(), new NamedPipeOptions { Context = context });
        using FifoWriter writer = new(Folder["fifo"]);
        writer.Write([1]);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(1);
        writer.Write([2]);

        await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        // As its documentation says.
        await FluentActions.Awaiting(async () => await stream.ReadAsync(_buffer)).Should().ThrowAsync<ObjectDisposedException>();
        await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
    }

    private static Task CollectUntilClosed(string path) => Eventually.Holds(
        () =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return OpenDescriptors.CountOf(path) == 0;
        },
        () => "the descriptor is still open");

    private static async Task ShouldBeDisposed(Task<int> read) =>
        await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<ObjectDisposedException>();
}
