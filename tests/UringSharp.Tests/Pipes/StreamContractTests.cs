using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Security.Cryptography;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>What any Stream promises, and what reads of every kind do on a pipe.</summary>
public sealed class StreamContractTests : PipeFixture
{
    private UringPipeStream _stream = null!;
    private string _path = string.Empty;

    [SetUp]
    public async Task Open_a_pipe() => (_stream, _path) = await OpenNewAsync();

    [Test]
    public void It_can_read_and_nothing_else()
    {
        _stream.CanRead.Should().BeTrue();
        _stream.CanWrite.Should().BeFalse();
        _stream.CanSeek.Should().BeFalse();
        _stream.CanTimeout.Should().BeFalse();
    }

    [Test]
    public async Task What_a_pipe_cannot_do_throws_NotSupportedException()
    {
        byte[] buffer = new byte[1];
        FluentActions.Invoking(() => _stream.Length).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.Position).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.Position = 1).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.Seek(0, SeekOrigin.Begin)).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.SetLength(0)).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.Write(buffer, 0, 1)).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.Write(buffer.AsSpan())).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.WriteByte(1)).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _stream.BeginWrite(buffer, 0, 1, null, null)).Should().Throw<NotSupportedException>();
        await FluentActions.Awaiting(() => _stream.WriteAsync(buffer, 0, 1)).Should().ThrowAsync<NotSupportedException>();
        await FluentActions.Awaiting(() => _stream.WriteAsync(buffer.AsMemory()).AsTask()).Should().ThrowAsync<NotSupportedException>();
    }

    [Test]
    public async Task Flushing_does_nothing()
    {
        _stream.Flush();
        await _stream.FlushAsync();
        await FluentActions.Awaiting(() => _stream.FlushAsync(new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
    }

    [TestCase(-1, 1)]
    [TestCase(0, -1)]
    [TestCase(0, 5)]
    [TestCase(4, 1)]
    [TestCase(5, 0)]
    [TestCase(int.MaxValue, int.MaxValue)]
    public async Task Arguments_are_checked_as_FileStream_checks_them(int offset, int count)
    {
        byte[] buffer = new byte[4];
        await using FileStream model = new(Folder.File("model", [1]), FileMode.Open);
        Type expected = FluentActions.Invoking(() => model.Read(buffer, offset, count)).Should().Throw<ArgumentException>().Which.GetType();

        FluentActions.Invoking(() => _stream.Read(buffer, offset, count)).Should().Throw<ArgumentException>().Which.Should().BeOfType(expected);
        FluentActions.Invoking(() => { _ = _stream.ReadAsync(buffer, offset, count); }).Should().Throw<ArgumentException>().Which.Should().BeOfType(expected);
        FluentActions.Invoking(() => _stream.BeginRead(buffer, offset, count, null, null)).Should().Throw<ArgumentException>().Which.Should().BeOfType(expected);
    }

    [Test]
    public void A_null_buffer_is_refused()
    {
        FluentActions.Invoking(() => _stream.Read(null!, 0, 0)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => { _ = _stream.ReadAsync(null!, 0, 0); }).Should().Throw<ArgumentNullException>();
    }

    [Test]
    public async Task Arguments_are_checked_before_the_token_and_before_dispose()
    {
        await _stream.DisposeAsync();

        FluentActions.Invoking(() => { _ = _stream.ReadAsync(new byte[1], 0, 2, new CancellationToken(canceled: true)); }).Should().Throw<ArgumentException>();
    }

    [Test]
    public async Task A_read_of_a_part_of_an_array_writes_only_there()
    {
        byte[] buffer = [9, 9, 9, 9, 9];
        FifoWriter.Visit(_path, [1, 2, 3]);

        (await Eventually.Ends(_stream.ReadAsync(buffer, 1, 3, CancellationToken.None))).Should().Be(3);

        buffer.Should().Equal(9, 1, 2, 3, 9);
    }

    [Test]
    public async Task A_read_of_no_bytes_waits_until_there_is_something_and_consumes_nothing()
    {
        Task<int> read = _stream.ReadAsync(Memory<byte>.Empty).AsTask();
        await Pends();
        read.IsCompleted.Should().BeFalse();
        using FifoWriter writer = new(_path);
        writer.Write([1, 2]);

        (await Eventually.Ends(read)).Should().Be(0);

        byte[] buffer = new byte[4];
        (await Eventually.Ends(_stream.ReadAsync(buffer).AsTask())).Should().Be(2);
        buffer[..2].Should().Equal(1, 2);
        read = _stream.ReadAsync(Memory<byte>.Empty).AsTask();
        await Pends();
        read.IsCompleted.Should().BeFalse("it is empty again, the writer still there");
    }

    [Test]
    public async Task A_read_of_no_bytes_is_ended_by_the_end()
    {
        Task<int> read = _stream.ReadAsync(Memory<byte>.Empty).AsTask();
        await Pends();

        FifoWriter.Visit(_path);

        (await Eventually.Ends(read)).Should().Be(0);
        (await Eventually.Ends(_stream.ReadAsync(Memory<byte>.Empty).AsTask())).Should().Be(0);
        (await Eventually.Ends(_stream.ReadAsync(new byte[1]).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task A_read_of_no_bytes_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        Task<int> read = _stream.ReadAsync(Memory<byte>.Empty, source.Token).AsTask();
        await Pends();

        source.Cancel();

        (await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
    }

    [Test]
    public async Task A_read_of_no_bytes_in_line_lets_the_next_one_have_the_data()
    {
        byte[] buffer = new byte[4];
        Task<int> empty = _stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Task<int> another = _stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Task<int> full = _stream.ReadAsync(buffer).AsTask();
        await Pends();

        FifoWriter.Visit(_path, [1, 2]);

        (await Eventually.Ends(empty)).Should().Be(0);
        (await Eventually.Ends(another)).Should().Be(0);
        (await Eventually.Ends(full)).Should().Be(2);
    }

    [Test]
    public async Task The_synchronous_reads_wait_for_data()
    {
        byte[] buffer = new byte[4];
        Task<int> array = Task.Run(() => _stream.Read(buffer, 1, 2));
        await Pends();
        using FifoWriter writer = new(_path);
        writer.Write([1, 2]);
        (await Eventually.Ends(array)).Should().Be(2);
        buffer.Should().Equal(0, 1, 2, 0);

        Task<int> span = Task.Run(() => _stream.Read(buffer.AsSpan(0, 1)));
        await Pends();
        writer.Write([3]);
        (await Eventually.Ends(span)).Should().Be(1);
        buffer[0].Should().Be(3);

        Task<int> one = Task.Run(_stream.ReadByte);
        await Pends();
        writer.Write([4]);
        (await Eventually.Ends(one)).Should().Be(4);

        writer.Dispose();
        _stream.ReadByte().Should().Be(-1);
        _stream.Read(buffer.AsSpan()).Should().Be(0);
    }

    [Test]
    public async Task A_synchronous_read_is_ended_by_dispose()
    {
        Task<int> read = Task.Run(() => _stream.Read(new byte[1].AsSpan()));
        await Pends();

        _stream.Dispose();

        await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task BeginRead_and_EndRead_read()
    {
        byte[] buffer = new byte[4];
        object state = new();
        TaskCompletionSource<IAsyncResult> called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IAsyncResult begun = _stream.BeginRead(buffer, 0, 4, called.SetResult, state);
        FifoWriter.Visit(_path, [1, 2, 3]);

        IAsyncResult result = await Eventually.Ends(called.Task);

        result.Should().BeSameAs(begun);
        result.AsyncState.Should().BeSameAs(state);
        _stream.EndRead(result).Should().Be(3);
    }

    [Test]
    public async Task CopyToAsync_copies_to_the_end()
    {
        using Process writer = NativeHelpers.StartWriter(_path, 5_000, 1_000);
        using MemoryStream copy = new();

        await _stream.CopyToAsync(copy).WaitAsync(Eventually.Deadline);

        NumberedStream seen = new(1_000);
        seen.Take(copy.ToArray());
        seen.Messages.Should().Be(5_000);
        await writer.WaitForExitAsync();
    }

    [Test]
    public async Task CopyToAsync_can_be_cancelled_between_two_messages()
    {
        using FifoWriter writer = new(_path);
        writer.Write([1]);
        using CancellationTokenSource source = new();
        using MemoryStream copy = new();
        Task copying = _stream.CopyToAsync(copy, source.Token);
        await Eventually.Holds(() => copy.Length == 1, () => "nothing copied");

        source.Cancel();

        await Eventually.Ends(copying);
        copying.IsCanceled.Should().BeTrue();
    }

    [Test]
    public async Task ReadExactlyAsync_gathers_pieces()
    {
        byte[] buffer = new byte[100];
        Task read = _stream.ReadExactlyAsync(buffer).AsTask();
        using FifoWriter writer = new(_path);
        for (byte i = 0; i < 100; i++)
        {
            writer.Write([i]);
        }

        await read.WaitAsync(Eventually.Deadline);

        buffer.Should().Equal(Enumerable.Range(0, 100).Select(i => (byte)i));
    }

    [Test]
    public async Task ReadExactlyAsync_of_too_little_throws_EndOfStreamException()
    {
        FifoWriter.Visit(_path, [1, 2, 3]);

        await FluentActions.Awaiting(() => _stream.ReadExactlyAsync(new byte[4]).AsTask().WaitAsync(Eventually.Deadline)).Should().ThrowAsync<EndOfStreamException>();
    }

    [Test]
    public async Task ReadAtLeastAsync_stops_at_the_end()
    {
        FifoWriter.Visit(_path, [1, 2, 3]);

        (await Eventually.Ends(_stream.ReadAtLeastAsync(new byte[10], 5, throwOnEndOfStream: false).AsTask())).Should().Be(3);
    }

    [Test]
    public async Task A_StreamReader_reads_lines()
    {
        FifoWriter.Visit(_path, "first\nzweite äöü\nlast"u8);
        using StreamReader reader = new(_stream);

        (await Eventually.Ends(reader.ReadLineAsync())).Should().Be("first");
        (await Eventually.Ends(reader.ReadLineAsync())).Should().Be("zweite äöü");
        (await Eventually.Ends(reader.ReadLineAsync())).Should().Be("last");
        (await Eventually.Ends(reader.ReadLineAsync())).Should().BeNull();
    }

    [Test]
    public async Task A_StreamReader_under_a_token_loses_no_line()
    {
        using FifoWriter writer = new(_path);
        using StreamReader reader = new(_stream);
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource source = new();
            Task<string?> line = reader.ReadLineAsync(source.Token).AsTask();
            source.Cancel();
            await FluentActions.Awaiting(() => Eventually.Ends(line)).Should().ThrowAsync<OperationCanceledException>();
            writer.Write("line\n"u8);
            (await Eventually.Ends(reader.ReadLineAsync())).Should().Be("line");
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_PipeReader_reads_everything(bool useZeroByteReads)
    {
        const int messages = 20_000;
        const int size = 33;
        using Process writer = NativeHelpers.StartWriter(_path, messages, size);
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(useZeroByteReads: useZeroByteReads, leaveOpen: true));
        NumberedStream seen = new(size);
        while (true)
        {
            ReadResult result = await Eventually.Ends(reader.ReadAsync().AsTask());
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                seen.Take(segment.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        await reader.CompleteAsync();
        seen.Messages.Should().Be(messages);
        await writer.WaitForExitAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_PipeReader_whose_pending_read_is_cancelled_goes_on(bool useZeroByteReads)
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(useZeroByteReads: useZeroByteReads, leaveOpen: true));
        using FifoWriter writer = new(_path);
        for (byte i = 0; i < 100; i++)
        {
            Task<ReadResult> read = reader.ReadAsync().AsTask();
            await Pends();
            reader.CancelPendingRead();
            (await Eventually.Ends(read)).IsCanceled.Should().BeTrue();
            writer.Write([i]);
            ReadResult result = await Eventually.Ends(reader.ReadAsync().AsTask());
            result.Buffer.ToArray().Should().Equal(i);
            reader.AdvanceTo(result.Buffer.End);
        }

        await reader.CompleteAsync();
    }

    [Test]
    public async Task A_buffer_of_one_mebibyte_takes_what_a_child_writes()
    {
        const int messages = 400;
        const int size = 100_003;
        using Process writer = NativeHelpers.StartWriter(_path, messages, size);
        byte[] buffer = new byte[1 << 20];
        NumberedStream seen = new(size);
        int read;
        int largest = 0;
        while ((read = await Eventually.Ends(_stream.ReadAsync(buffer).AsTask())) > 0)
        {
            largest = Math.Max(largest, read);
            seen.Take(buffer.AsSpan(0, read));
        }

        await writer.WaitForExitAsync();
        Report($"largest read {largest} B");
        seen.Messages.Should().Be(messages);
        seen.IsWhole.Should().BeTrue();
    }

    [Test]
    public async Task Synchronous_reads_of_odd_sizes_see_every_byte()
    {
        const int messages = 3_000;
        const int size = 101;
        using Process writer = NativeHelpers.StartWriter(_path, messages, size);
        NumberedStream seen = new(size);
        Random random = new(Seed());
        byte[] buffer = new byte[300];

        await Task.Run(() =>
        {
            int read;
            while ((read = _stream.Read(buffer.AsSpan(0, random.Next(1, 300)))) > 0)
            {
                seen.Take(buffer.AsSpan(0, read));
            }
        }).WaitAsync(Eventually.Deadline);

        seen.Messages.Should().Be(messages);
        await writer.WaitForExitAsync();
    }

    [Test]
    public async Task The_buffer_may_be_compacted_while_the_read_waits()
    {
        // Arrays that a collection moves: the bytes must go to where the array is, not to where it was.
        for (int i = 0; i < 20; i++)
        {
            byte[] buffer = await Task.Run(() =>
            {
                byte[]? moved = null;
                for (int j = 0; j < 1_000; j++)
                {
                    moved = new byte[64];
                }

                return moved!;
            });
            Task<int> read = _stream.ReadAsync(buffer).AsTask();
            await Pends();
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            byte[] content = RandomNumberGenerator.GetBytes(64);
            using FifoWriter writer = new(_path);
            writer.Write(content);
            (await Eventually.Ends(read)).Should().Be(64);
            buffer.Should().Equal(content);
            Task<int> end = _stream.ReadAsync(buffer).AsTask();
            writer.Dispose();
            (await Eventually.Ends(end)).Should().Be(0);
            await _stream.DisposeAsync();
            _stream = await NamedPipe.OpenReadAsync(_path, Options);
        }

        await _stream.DisposeAsync();
    }

    [Test]
    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Using them wrongly is the test.")]
    public async Task Taking_a_result_twice_or_too_early_is_refused_and_takes_nobody_elses()
    {
        using FifoWriter writer = new(_path);
        byte[] buffer = new byte[1];
        for (int i = 0; i < 200; i++)
        {
            ValueTask<int> read = _stream.ReadAsync(buffer);
            TakeAgain(read).Should().Throw<InvalidOperationException>("it has not ended");
            writer.Write([(byte)i]);
            await Eventually.Holds(() => read.IsCompleted, () => "the read has not ended");
            (await read).Should().Be(1);
            Task<int> next = _stream.ReadAsync(buffer).AsTask();
            TakeAgain(read).Should().Throw<InvalidOperationException>("it was taken");
            writer.Write([(byte)i]);
            (await Eventually.Ends(next)).Should().Be(1);
        }

        static Func<int> TakeAgain(ValueTask<int> read) => FluentActions.Invoking(() => read.GetAwaiter().GetResult());
    }

    [Test]
    public async Task A_pending_read_allocates_nothing_once_everything_is_warm()
    {
        const int reads = 5_000;
        using FifoWriter writer = new(_path);
        using CancellationTokenSource source = new();
        byte[] buffer = new byte[8];
        byte[] message = [1];

        // The best round: the whole process is measured, and the runtime allocates now and then. What a read allocated would come in every round.
        long best = await Eventually.Ends(Task.Run(async () =>
        {
            long least = long.MaxValue;
            for (int round = 0; round < 5; round++)
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                for (int i = 0; i < reads; i++)
                {
                    ValueTask<int> read = _stream.ReadAsync(buffer, source.Token);
                    writer.Write(message);
                    if (await read.ConfigureAwait(false) != 1)
                    {
                        Assert.Fail("a message was lost");
                    }
                }

                least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
            }

            return least;
        }));

        Report($"{best} B for {reads} reads that pended, of the whole process");
        best.Should().BeLessThan(reads);
    }

    [Test]
    public async Task A_loop_whose_every_answer_is_there_at_once_lets_others_on_the_ring_go_on()
    {
        using FifoWriter writer = new(_path);
        (UringPipeStream other, string otherPath) = await OpenNewAsync("other");
        Task<int> waiting = other.ReadAsync(new byte[1]).AsTask();
        bool stop = false;
        byte[] buffer = new byte[1];
        using Stream zero = UringPipeStream.FromHandle(File.OpenHandle("/dev/zero"), FileAccess.Read, Context);
        Task<long> loop = Loop();
        writer.Write([1]);

        FifoWriter.Visit(otherPath, [1]);

        (await Eventually.Ends(waiting, TimeSpan.FromSeconds(5))).Should().Be(1);
        Volatile.Write(ref stop, true);
        Report($"{await Eventually.Ends(loop)} answers at once meanwhile");

        async Task<long> Loop()
        {
            // From here on a pump thread.
            await _stream.ReadAsync(buffer).ConfigureAwait(false);
            long count = 0;
            while (!Volatile.Read(ref stop))
            {
                await zero.ReadAsync(buffer).ConfigureAwait(false);
                count++;
            }

            return count;
        }
    }
}
