using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>Ends of which no poll tells (kernel fact F8), and what comes for a reader that has been completed.</summary>
[TestFixture(true, Category = "Multishot")]
[TestFixture(false)]
[Category("Faults")]
public sealed class EndsUntoldTests(bool multishot) : ReceivingFixture(multishot)
{
    private readonly byte[] _buffer = new byte[64];

    [Test]
    public async Task Lines_of_a_borrowed_pipe_whose_writers_have_left_come_to_their_end()
    {
        using SafeFileHandle behind = Behind("hi\nho"u8);
        await using var stream = UringPipeStream.FromHandle(behind, FileAccess.Read, Context);
        List<string> lines = [];

        await foreach (string line in stream.ReadLinesAsync(cancellationToken: new CancellationTokenSource(Eventually.Deadline).Token))
        {
            lines.Add(line);
        }

        lines.Should().Equal("hi", "ho");
    }

    [Test]
    public async Task So_do_lines_of_a_pipe_that_is_opened_behind_its_writers()
    {
        using SafeFileHandle keeper = Behind("hi\n"u8);
        await using UringPipeStream stream = await NamedPipe.OpenReadAsync(Folder["behind"], Options);
        List<string> lines = [];

        await foreach (string line in stream.ReadLinesAsync(cancellationToken: new CancellationTokenSource(Eventually.Deadline).Token))
        {
            lines.Add(line);
        }

        lines.Should().Equal("hi");
    }

    [Test]
    public async Task Reads_of_nothing_do_not_wait_for_an_end_that_nobody_tells([Values] bool borrows, [Values] bool isParked)
    {
        using SafeFileHandle keeper = Behind([1]);
        await using UringPipeStream stream = borrows ? UringPipeStream.FromHandle(keeper, FileAccess.Read, Context) : await NamedPipe.OpenReadAsync(Folder["behind"], Options);
        (await Eventually.Ends(stream.ReadAsync(Memory<byte>.Empty).AsTask())).Should().Be(0);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(1);

        Task<int>[] reads = [.. Enumerable.Range(0, isParked ? 4 : 1).Select(_ => stream.ReadAsync(Memory<byte>.Empty).AsTask())];

        (await Eventually.Ends(Task.WhenAll(reads))).Should().AllBeEquivalentTo(0);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task What_is_written_after_a_reader_was_completed_is_the_streams()
    {
        for (int round = 0; round < 100; round++)
        {
            (UringPipeStream reading, UringPipeStream writing) = UringPipeStream.CreatePair(Context);
            PipeReader reader = reading.AsPipeReader();
            await writing.WriteAsync(new byte[] { 1, 2 });
            ReadResult result = await Eventually.Ends(reader.ReadAtLeastAsync(2).AsTask());
            reader.AdvanceTo(result.Buffer.End);
            await reader.CompleteAsync();
            bool isPending = round % 2 == 0;
            ValueTask<int> pending = isPending ? reading.ReadAsync(_buffer) : default;

            await writing.WriteAsync(new byte[] { (byte)round, 4, 5 });

            int read = isPending ? await Eventually.Ends(pending.AsTask()) : (await Eventually.Ends(reading.TryReadAsync(_buffer.AsMemory(0, 2)).AsTask())).Bytes;
            byte[] seen = _buffer[..read];
            while (seen.Length < 3)
            {
                read = await Eventually.Ends(reading.ReadAsync(_buffer).AsTask());
                seen = [.. seen, .. _buffer[..read]];
            }

            seen.Should().Equal((byte)round, 4, 5);
            await writing.DisposeAsync();
            (await Eventually.Ends(reading.ReadAsync(_buffer).AsTask())).Should().Be(0);
            await reading.DisposeAsync();
        }
    }

    [Test]
    public async Task Reads_of_a_disposed_stream_are_refused_although_its_reader_has_bytes()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        PipeReader reader = stream.AsPipeReader();
        using FifoWriter writer = new(path);
        writer.Write([1, 2]);
        ReadResult result = await Eventually.Ends(reader.ReadAtLeastAsync(2).AsTask());
        reader.AdvanceTo(result.Buffer.Start, result.Buffer.Start);

        await stream.DisposeAsync();

        await FluentActions.Awaiting(() => stream.ReadAsync(_buffer).AsTask()).Should().ThrowAsync<ObjectDisposedException>();
    }

    /// <summary>A reading end, opened by somebody else, of a pipe whose only writer has written so much and left.</summary>
    private SafeFileHandle Behind(ReadOnlySpan<byte> bytes)
    {
        string path = Folder.Fifo("behind");
        SafeFileHandle keeper = new(PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking), ownsHandle: true);
        FifoWriter.Visit(path, bytes);
        return keeper;
    }
}
