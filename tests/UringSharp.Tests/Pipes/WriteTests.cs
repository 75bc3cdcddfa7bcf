using System.Text;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Writing to a pipe: whole buffers, in order, without a thread that waits.</summary>
[Category("Faults")]
public sealed class WriteTests : PipeFixture
{
    private const int PipeSize = 65_536;
    private const int BrokenPipe = 32;

    private (UringPipeStream Reader, UringPipeStream Writer) _pair;

    [SetUp]
    public void Make_a_pair() => _pair = UringPipeStream.CreatePair(Context);

    [TearDown]
    public async Task Close_the_pair()
    {
        await _pair.Reader.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        await _pair.Writer.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
    }

    [Test]
    public void Each_end_says_what_it_can()
    {
        (_pair.Reader.CanRead, _pair.Reader.CanWrite).Should().Be((true, false));
        (_pair.Writer.CanRead, _pair.Writer.CanWrite).Should().Be((false, true));
        FluentActions.Invoking(() => _pair.Reader.Write([1])).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _pair.Writer.ReadByte()).Should().Throw<NotSupportedException>();
        FluentActions.Invoking(() => _pair.Writer.TryReadAsync(new byte[1])).Should().Throw<NotSupportedException>();
        _pair.Writer.Dispose();
        _pair.Writer.CanWrite.Should().BeFalse();
        FluentActions.Invoking(() => _pair.Writer.Write([1])).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    [Category("NotWithFaults")] // Expects a write that never waits.
    public async Task What_fits_is_written_at_once_and_read_in_order()
    {
        ValueTask write = _pair.Writer.WriteAsync("hello "u8.ToArray());
        write.IsCompletedSuccessfully.Should().BeTrue();
        await write;
        _pair.Writer.Write("wor"u8);
        await _pair.Writer.WriteAsync("ld"u8.ToArray().AsMemory(0, 2));
        _pair.Writer.WriteByte((byte)'!');

        byte[] buffer = new byte[64];
        int read = await _pair.Reader.ReadAsync(buffer);

        Encoding.ASCII.GetString(buffer, 0, read).Should().Be("hello world!");
    }

    [Test]
    public async Task A_write_longer_than_the_pipe_waits_without_a_thread_and_is_written_whole()
    {
        byte[] sent = new byte[(5 * PipeSize) + 123];
        new Random(Seed()).NextBytes(sent);
        Task writing = _pair.Writer.WriteAsync(sent).AsTask();
        await Pends();
        writing.IsCompleted.Should().BeFalse();

        byte[] received = new byte[sent.Length];
        await _pair.Reader.ReadExactlyAsync(received).AsTask().WaitAsync(Eventually.Deadline);

        await Eventually.Ends(writing);
        await writing;
        received.AsSpan().SequenceEqual(sent).Should().BeTrue();
    }

    [Test]
    public async Task A_write_that_blocks_its_caller_does_so_until_all_is_written()
    {
        byte[] sent = new byte[3 * (1 << 20)];
        new Random(Seed()).NextBytes(sent);
        Task writing = OnAThreadOfItsOwn(() => _pair.Writer.Write(sent.AsSpan()));

        byte[] received = new byte[sent.Length];
        await _pair.Reader.ReadExactlyAsync(received).AsTask().WaitAsync(Eventually.Deadline);

        await Eventually.Ends(writing);
        await writing;
        received.AsSpan().SequenceEqual(sent).Should().BeTrue();
    }

    [Test]
    public async Task Long_writes_from_many_threads_are_never_mixed()
    {
        // Longer than PIPE_BUF and than the pipe: the kernel alone would mix them.
        const int writers = 4;
        const int rounds = 60;
        int seed = Seed();
        Task[] writing = [.. Enumerable.Range(1, writers).Select(number => OnAThreadOfItsOwn(() =>
        {
            Random random = new(seed + number);
            for (int i = 0; i < rounds; i++)
            {
                byte[] block = new byte[random.Next(5, 100_000)];
                block.AsSpan().Fill((byte)number);
                BitConverter.TryWriteBytes(block, block.Length);
                ValueTask write = _pair.Writer.WriteAsync(block);
                if (random.Next(2) == 0 || !write.IsCompleted)
                {
                    write.AsTask().GetAwaiter().GetResult();
                }
                else
                {
                    write.GetAwaiter().GetResult();
                }
            }
        }))];
        byte[] header = new byte[5];
        byte[] rest = new byte[100_000];
        for (int i = 0; i < writers * rounds; i++)
        {
            await _pair.Reader.ReadExactlyAsync(header).AsTask().WaitAsync(Eventually.Deadline);
            int length = BitConverter.ToInt32(header) - header.Length;
            length.Should().BeInRange(0, 100_000, "a header stands at the start of each block");
            await _pair.Reader.ReadExactlyAsync(rest.AsMemory(0, length)).AsTask().WaitAsync(Eventually.Deadline);
            rest.AsSpan(0, length).IndexOfAnyExcept(header[4]).Should().Be(-1);
        }

        await Task.WhenAll(writing).WaitAsync(Eventually.Deadline);
    }

    [Test]
    public async Task Writes_begun_one_after_another_are_written_in_that_order()
    {
        const int messageSize = 3_000;
        const int count = 200;
        Task[] writes = [.. Enumerable.Range(0, count).Select(i => _pair.Writer.WriteAsync(NumberedStream.Message(i, messageSize)).AsTask())];
        writes[^1].IsCompleted.Should().BeFalse();

        NumberedStream seen = new(messageSize);
        byte[] buffer = new byte[10_000];
        while (seen.Messages < count)
        {
            seen.Take(buffer.AsSpan(0, await _pair.Reader.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Deadline)));
        }

        await Task.WhenAll(writes).WaitAsync(Eventually.Deadline);
    }

    [Test]
    public async Task Without_a_reader_a_write_is_a_broken_pipe()
    {
        await _pair.Reader.DisposeAsync();

        (await FluentActions.Awaiting(() => _pair.Writer.WriteAsync(new byte[1]).AsTask()).Should().ThrowAsync<IOException>()).Which.HResult.Should().Be(BrokenPipe);
    }

    [Test]
    public async Task A_write_that_waits_ends_as_a_broken_pipe_when_the_reader_leaves()
    {
        Task writing = _pair.Writer.WriteAsync(new byte[2 * PipeSize]).AsTask();
        await Pends();

        await _pair.Reader.DisposeAsync();

        (await FluentActions.Awaiting(() => writing.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<IOException>()).Which.HResult.Should().Be(BrokenPipe);
    }

    [Test]
    public async Task Disposing_ends_both_directions_at_once_and_each_once()
    {
        string path = Folder.Fifo("both");
        await using UringPipeStream stream = await NamedPipe.OpenReadWriteAsync(path, Options);
        Task[] writes = [.. Enumerable.Range(0, 3).Select(_ => stream.WriteAsync(new byte[PipeSize + 1]).AsTask())];
        await Pends();

        await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        foreach (Task write in writes)
        {
            await FluentActions.Awaiting(() => write.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<ObjectDisposedException>();
        }

        await using UringPipeStream empty = await NamedPipe.OpenReadWriteAsync(path, Options);
        Task<int>[] reads = [.. Enumerable.Range(0, 3).Select(_ => empty.ReadAsync(new byte[1]).AsTask())];
        await Pends();

        await empty.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        foreach (Task<int> read in reads)
        {
            await FluentActions.Awaiting(() => read.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<ObjectDisposedException>();
        }

        OpenDescriptors.CountOf(path).Should().Be(0);
    }

    [Test]
    public async Task Disposing_the_context_ends_a_write_that_waits()
    {
        UringContext context = new();
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        Task writing = writer.WriteAsync(new byte[2 * PipeSize]).AsTask();

        await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        await FluentActions.Awaiting(() => writing.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<ObjectDisposedException>();
        await reader.DisposeAsync();
        await writer.DisposeAsync();
    }

    [Test]
    public async Task The_context_may_end_while_callers_are_in_the_middle_of_their_writes()
    {
        for (int i = 0; i < 50; i++)
        {
            UringContext context = new();
            (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
            Task[] writing = [.. Enumerable.Range(0, 3).Select(_ => OnAThreadOfItsOwn(() =>
            {
                try
                {
                    while (true)
                    {
                        ValueTask write = writer.WriteAsync(new byte[5_000]);
                        write.AsTask().GetAwaiter().GetResult();
                    }
                }
                catch (ObjectDisposedException)
                {
                }
            }))];
            byte[] buffer = new byte[10_000];
            for (int read = 0; read < 20; read++)
            {
                _ = await reader.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Deadline);
            }

            await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

            await Task.WhenAll(writing).WaitAsync(Eventually.Deadline);
            await reader.DisposeAsync();
            await writer.DisposeAsync();
        }
    }

    [Test]
    public async Task An_empty_write_waits_for_nothing()
    {
        Task full = _pair.Writer.WriteAsync(new byte[2 * PipeSize]).AsTask();
        await Pends();

        ValueTask empty = _pair.Writer.WriteAsync(ReadOnlyMemory<byte>.Empty);

        empty.IsCompletedSuccessfully.Should().BeTrue();
        await empty;
        _pair.Reader.Dispose();
        await FluentActions.Awaiting(() => full).Should().ThrowAsync<IOException>();
    }

    [Test]
    public async Task It_works_under_the_writers_and_readers_of_the_BCL()
    {
        string[] lines = [.. Enumerable.Range(0, 5_000).Select(i => $"line {i} of many, äöü")];
        var writing = Task.Run(async () =>
        {
            await using (_pair.Writer)
            {
                await using StreamWriter writer = new(_pair.Writer);
                foreach (string line in lines)
                {
                    await writer.WriteLineAsync(line);
                }
            }
        });
        List<string> seen = [];
        using StreamReader reader = new(_pair.Reader);
        while (await reader.ReadLineAsync() is { } line)
        {
            seen.Add(line);
        }

        await Eventually.Ends(writing);
        seen.Should().Equal(lines);
    }

    [Test]
    public async Task CopyToAsync_ends_with_the_writers()
    {
        byte[] sent = new byte[1_000_000];
        new Random(Seed()).NextBytes(sent);
        using MemoryStream received = new();
        Task copying = _pair.Reader.CopyToAsync(received);
        await _pair.Writer.WriteAsync(sent);
        await _pair.Writer.DisposeAsync();

        await Eventually.Ends(copying);

        received.ToArray().AsSpan().SequenceEqual(sent).Should().BeTrue();
    }

    [Test]
    public async Task A_thousand_writes_that_wait_need_no_more_threads_than_one()
    {
        List<(UringPipeStream Reader, UringPipeStream Writer)> pairs = [.. Enumerable.Range(0, 1_000).Select(_ => UringPipeStream.CreatePair(Context))];
        byte[] much = new byte[2 * PipeSize];
        int threads = ProcessFacts.PumpThreads;
        int workers = ProcessFacts.KernelWorkers;
        Task[] writes = [.. pairs.Select(pair => pair.Writer.WriteAsync(much).AsTask())];

        await Pends(1_000);

        ProcessFacts.PumpThreads.Should().BeLessThanOrEqualTo(threads + 1);
        ProcessFacts.KernelWorkers.Should().BeLessThanOrEqualTo(workers);
        foreach ((UringPipeStream reader, UringPipeStream writer) in pairs)
        {
            await writer.DisposeAsync();
            await reader.DisposeAsync();
        }

        foreach (Task write in writes)
        {
            await FluentActions.Awaiting(() => write.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<ObjectDisposedException>();
        }
    }
}
