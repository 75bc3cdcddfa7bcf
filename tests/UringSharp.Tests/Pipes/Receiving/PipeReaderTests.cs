using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>What a reader of a pipe promises.</summary>
[TestFixture(true, Category = "Multishot")]
[TestFixture(false)]
[Category("Faults")]
public sealed class PipeReaderTests(bool multishot) : ReceivingFixture(multishot)
{
    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task Nothing_is_received_before_the_first_read()
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        stream.AsPipeReader().Should().BeSameAs(reader);
        using FifoWriter writer = new(path);
        writer.Write("one"u8);
        Context.GetStatistics().Submissions.Should().Be(Context.GetStatistics().Completions);
        byte[] buffer = new byte[2];
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(2);

        (await NextAsync(reader)).Should().Equal("e"u8.ToArray());
    }

    [Test]
    public async Task A_read_waits_for_a_writer_then_for_bytes_then_for_the_end()
    {
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        Task<ReadResult> read = reader.ReadAsync().AsTask();
        await Pends();
        read.IsCompleted.Should().BeFalse("no writer has come: that is no end");
        using (FifoWriter writer = new(path))
        {
            for (int i = 0; i < 100; i++)
            {
                writer.Write([(byte)i, 1, 2]);
                ReadResult result = await Eventually.Ends(read);
                result.Buffer.ToArray().Should().Equal((byte)i, 1, 2);
                result.IsCompleted.Should().BeFalse();
                reader.AdvanceTo(result.Buffer.End);
                read = reader.ReadAsync().AsTask();
            }
        }

        ReadResult last = await Eventually.Ends(read);
        last.IsCompleted.Should().BeTrue();
        last.Buffer.IsEmpty.Should().BeTrue();
        reader.AdvanceTo(last.Buffer.End);
    }

    [Test]
    public async Task A_writer_that_was_there_before_the_first_read_is_heard_to_its_end()
    {
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        FifoWriter.Visit(path, "hello"u8);

        byte[] bytes = await NextAsync(reader, 5);
        ReadResult end = await Eventually.Ends(reader.ReadAsync().AsTask());

        bytes.Should().Equal("hello"u8.ToArray());
        end.IsCompleted.Should().BeTrue();
    }

    [Test]
    public async Task The_end_is_final_and_the_bytes_of_a_later_writer_are_left_to_others()
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        FifoWriter.Visit(path, "a"u8);
        await NextAsync(reader, 1);
        (await Eventually.Ends(reader.ReadAsync().AsTask())).IsCompleted.Should().BeTrue();
        using FifoWriter later = new(path);
        later.Write("later"u8);

        reader.AdvanceTo(default);
        (await Eventually.Ends(reader.ReadAsync().AsTask())).IsCompleted.Should().BeTrue();
        byte[] buffer = new byte[8];
        reader.AdvanceTo(default);
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(0);
        await reader.CompleteAsync();
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(0, "the stream knows of the end");

        using SafeFileHandle other = new(PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking), ownsHandle: true);
        PipeLibc.Read((int)other.DangerousGetHandle(), buffer).Should().Be(5);
    }

    [Test]
    public async Task Disposing_the_stream_ends_a_waiting_read([Values] bool hasSeenWriter)
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        if (hasSeenWriter)
        {
            writer.Write("x"u8);
            await NextAsync(reader);
        }

        Task<ReadResult> read = reader.ReadAsync().AsTask();
        await Pends();
        await stream.DisposeAsync();

        (await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<ObjectDisposedException>())
            .Which.ObjectName.Should().Be(typeof(UringPipeStream).FullName);
        await FluentActions.Awaiting(() => Eventually.Ends(reader.ReadAsync().AsTask())).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Disposing_the_context_ends_a_waiting_read()
    {
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        writer.Write("x"u8);
        await NextAsync(reader);
        Task<ReadResult> read = reader.ReadAsync().AsTask();
        await Pends();
        await Context.DisposeAsync();

        (await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<ObjectDisposedException>())
            .Which.ObjectName.Should().Be(typeof(UringContext).FullName);
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task What_was_received_before_the_stream_was_disposed_comes_before_the_exception()
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        writer.Write("abc"u8);
        ReadResult first = await Eventually.Ends(reader.ReadAsync().AsTask());
        reader.AdvanceTo(first.Buffer.GetPosition(1));
        await stream.DisposeAsync();
        await Pends(0);

        ReadResult rest = await Eventually.Ends(reader.ReadAsync().AsTask());
        rest.IsCompleted.Should().BeFalse();
        rest.Buffer.ToArray().Should().Equal("bc"u8.ToArray());
        reader.AdvanceTo(rest.Buffer.GetPosition(1));
        rest = await Eventually.Ends(reader.ReadAsync().AsTask());
        rest.Buffer.ToArray().Should().Equal("c"u8.ToArray());
        reader.AdvanceTo(rest.Buffer.Start, rest.Buffer.End);
        await FluentActions.Awaiting(() => Eventually.Ends(reader.ReadAsync().AsTask())).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => Eventually.Ends(reader.ReadAsync().AsTask())).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task What_was_examined_before_the_stream_was_disposed_does_not_come_again()
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        writer.Write("abc"u8);
        ReadResult all = await Eventually.Ends(reader.ReadAtLeastAsync(3).AsTask());
        reader.AdvanceTo(all.Buffer.GetPosition(1), all.Buffer.End);
        await stream.DisposeAsync();

        await FluentActions.Awaiting(() => Eventually.Ends(reader.ReadAsync().AsTask())).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task Completing_the_reader_ends_the_reception_and_leaves_the_stream()
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        writer.Write("x"u8);
        await NextAsync(reader);
        await Pends();

        await reader.CompleteAsync();

        await Pends(0);
        writer.Write("kept"u8);
        byte[] buffer = new byte[8];
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(4);
        FluentActions.Invoking(() => reader.TryRead(out _)).Should().Throw<InvalidOperationException>();
    }

    [Test]
    public async Task Completing_a_reader_that_lags_ends_the_reception()
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        writer.Write("x"u8);
        ReadResult result = await Eventually.Ends(reader.ReadAsync().AsTask());
        reader.AdvanceTo(result.Buffer.Start);
        for (int i = 0; i < 8; i++)
        {
            writer.Write(new byte[16384]);
        }

        await Pends(0);
        await reader.CompleteAsync();
        await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
    }

    [Test]
    public async Task A_cancelled_read_leaves_the_bytes_to_the_next([Values] bool byToken)
    {
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        for (int i = 0; i < 200; i++)
        {
            using CancellationTokenSource source = new();
            Task<ReadResult> read = reader.ReadAsync(source.Token).AsTask();
            if (byToken)
            {
                source.Cancel();
                (await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<OperationCanceledException>())
                    .Which.CancellationToken.Should().Be(source.Token);
            }
            else
            {
                reader.CancelPendingRead();
                ReadResult cancelled = await Eventually.Ends(read);
                cancelled.IsCanceled.Should().BeTrue();
                reader.AdvanceTo(cancelled.Buffer.Start);
            }

            writer.Write([(byte)i]);
            (await NextAsync(reader)).Should().Equal((byte)i);
        }
    }

    [Test]
    public async Task The_code_behind_a_cancelled_read_does_not_run_inside_the_cancellation()
    {
        (PipeReader reader, _, _) = await OpenReaderAsync();
        int cancelling = 0;
        int insideCancel = 0;
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource source = new();
            Task read = ReadAndLook(source.Token);
            cancelling = Environment.CurrentManagedThreadId;
            source.Cancel();
            cancelling = 0;
            await Eventually.Ends(read);
        }

        insideCancel.Should().Be(0);

        async Task ReadAndLook(CancellationToken token)
        {
            try
            {
                await reader.ReadAsync(token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                insideCancel += cancelling == Environment.CurrentManagedThreadId ? 1 : 0;
            }
        }
    }

    [Test]
    public async Task The_code_behind_a_read_comes_back_to_its_synchronization_context()
    {
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        CountingContext context = new();
        var read = Task.Run(async () =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            ReadResult result = await reader.ReadAsync();
            reader.AdvanceTo(result.Buffer.End);
        });
        await Pends();
        FifoWriter.Visit(path, "x"u8);

        await Eventually.Ends(read);
        context.Posts.Should().Be(1);
    }

    [Test]
    public async Task Code_that_blocks_behind_a_read_stops_nobody_else()
    {
        (PipeReader blocking, _, string path) = await OpenReaderAsync("blocking");
        (PipeReader other, _, string otherPath) = await OpenReaderAsync("other");
        using FifoWriter writer = new(otherPath);
        using ManualResetEventSlim release = new();
        Task blocked = Block();
        FifoWriter.Visit(path, "x"u8);
        for (int i = 0; i < 20; i++)
        {
            writer.Write("y"u8);
            await NextAsync(other);
        }

        release.Set();
        await Eventually.Ends(blocked);

        async Task Block()
        {
            await blocking.ReadAsync().ConfigureAwait(false);
            release.Wait(Eventually.Deadline).Should().BeTrue();
        }
    }

    [Test]
    [Category("NotWithFaults")] // It may be at home already, having been submitted anew for another reason.
    public async Task A_pipe_that_a_deputy_has_begun_with_comes_back_to_the_home()
    {
        (PipeReader blocking, _, string path) = await OpenReaderAsync("blocking");
        (PipeReader other, _, string otherPath) = await OpenReaderAsync("other");
        using FifoWriter writer = new(otherPath);
        using ManualResetEventSlim release = new();
        Task blocked = Block();
        FifoWriter.Visit(path, "x"u8);
        writer.Write([0]);
        (await NextAsync(other)).Should().Equal(0);
        release.Set();
        await Eventually.Ends(blocked);
        long submitted = Context.GetStatistics().Submissions;
        bool IsHome() => !IsMultishot || Context.GetStatistics().Submissions > submitted;
        for (int i = 1; i < 100 || (!IsHome() && i < 100_000); i++)
        {
            writer.Write([(byte)i]);
            (await NextAsync(other)).Should().Equal((byte)i);
        }

        IsHome().Should().BeTrue("it has been submitted anew, for no other reason than that");

        async Task Block()
        {
            await blocking.ReadAsync().ConfigureAwait(false);
            release.Wait(Eventually.Deadline).Should().BeTrue();
        }
    }

    [Test]
    public async Task A_second_read_beside_a_pending_one_is_refused()
    {
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        Task<ReadResult> read = reader.ReadAsync().AsTask();

        FluentActions.Invoking(() => { _ = reader.ReadAsync().AsTask(); }).Should().Throw<InvalidOperationException>();

        FifoWriter.Visit(path, "x"u8);
        (await Eventually.Ends(read)).Buffer.Length.Should().Be(1);
    }

    [Test]
    public async Task Reads_of_the_stream_take_what_the_reader_has_in_order()
    {
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        writer.Write("0123456789"u8);
        (await NextAsync(reader, 2)).Should().Equal("01"u8.ToArray());
        byte[] buffer = new byte[3];
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(3);
        buffer.Should().Equal("234"u8.ToArray());
        (await Eventually.Ends(stream.ReadAsync(Memory<byte>.Empty).AsTask())).Should().Be(0);
        (await NextAsync(reader, 2)).Should().Equal("56"u8.ToArray());
        (await Task.Run(() => stream.Read(buffer, 0, 3))).Should().Be(3);
        buffer.Should().Equal("789"u8.ToArray());
        Task<int> waits = stream.ReadAsync(buffer).AsTask();
        writer.Write("z"u8);
        (await Eventually.Ends(waits)).Should().Be(1);
    }

    [Test]
    public async Task A_terminal_is_received_from_too()
    {
        (int master, string path) = PipeLibc.Terminal();
        using SafeFileHandle slave = new(PipeLibc.MustOpen(path, PipeLibc.ReadWrite | PipeLibc.NoControllingTerminal), ownsHandle: true);
        await using (var stream = UringPipeStream.FromHandle(slave, FileAccess.Read, Context))
        {
            PipeReader reader = stream.AsPipeReader();
            Task<byte[]> read = NextAsync(reader);
            await Pends();
            PipeLibc.Write(master, "hello\n"u8).Should().Be(6);
            (await read).Should().Equal("hello\n"u8.ToArray());
        }

        _ = PipeLibc.Close(master);
    }

    [Test]
    public async Task Answers_that_are_there_at_once_do_not_keep_a_pump_thread()
    {
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        (PipeReader other, _, string otherPath) = await OpenReaderAsync("other");
        using FifoWriter writer = new(path);
        bool isEnded = false;
        Task loop = Loop();
        writer.Write("x"u8);
        using FifoWriter otherWriter = new(otherPath);
        for (int i = 0; i < 20; i++)
        {
            otherWriter.Write("y"u8);
            await NextAsync(other);
        }

        Volatile.Write(ref isEnded, true);
        await Eventually.Ends(loop);

        async Task Loop()
        {
            while (!Volatile.Read(ref isEnded))
            {
                ReadResult result = await reader.ReadAsync().ConfigureAwait(false);
                reader.AdvanceTo(result.Buffer.Start);
            }
        }
    }

    private sealed class CountingContext : SynchronizationContext
    {
        public int Posts { get; private set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            Posts++;
            ThreadPool.QueueUserWorkItem(_ => d(state));
        }
    }
}
