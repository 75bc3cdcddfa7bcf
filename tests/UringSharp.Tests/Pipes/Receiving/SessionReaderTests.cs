using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>Readers of one session after the other, and readers of what is not received in advance.</summary>
[TestFixture(true, Category = "Multishot")]
[TestFixture(false)]
[Category("Faults")]
public sealed class SessionReaderTests(bool allowsMultishot) : PipeFixture
{
    private protected override UringOptions ContextOptions => new() { Continuations = Mode, AllowsMultishot = allowsMultishot };

    [Test]
    public async Task Each_session_has_a_reader_of_its_own_and_they_are_not_merged()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1]);
        PipeReader first = stream.AsPipeReader();
        (await ReadToEndAsync(first)).Should().Equal(1);
        FifoWriter.Visit(path, [2, 3]);

        await stream.ReopenAsync();
        using FifoWriter later = new(path);
        later.Write([4]);

        PipeReader second = stream.AsPipeReader();
        second.Should().NotBeSameAs(first);
        (await ReadToEndAsync(second)).Should().Equal([2, 3], "what is behind them is the later writer's");
        await stream.ReopenAsync();
        ReadResult third = await stream.AsPipeReader().ReadAsync().AsTask().WaitAsync(Eventually.Deadline);
        third.Buffer.ToArray().Should().Equal(4);
        stream.AsPipeReader().AdvanceTo(third.Buffer.End);
    }

    [Test]
    public async Task Reopening_with_bytes_left_in_the_reader_is_refused_and_loses_none()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1, 2]);
        PipeReader reader = stream.AsPipeReader();
        ReadResult result = await reader.ReadAtLeastAsync(2).AsTask().WaitAsync(Eventually.Deadline);
        reader.AdvanceTo(result.Buffer.GetPosition(1));

        await FluentActions.Awaiting(() => stream.ReopenAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>();

        (await ReadToEndAsync(reader)).Should().Equal(2);
        await stream.ReopenAsync();
    }

    [Test]
    public async Task Sessions_can_be_read_by_lines()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, "a\nb\n"u8);
        List<string> seen = [];
        await foreach (UringPipeStream session in stream.ReadSessionsAsync())
        {
            await foreach (string line in session.ReadLinesAsync())
            {
                seen.Add(line);
            }

            seen.Add("end");
            if (seen.Count > 6)
            {
                break;
            }

            FifoWriter.Visit(path, "c"u8);
        }

        seen.Should().Equal("a", "b", "end", "c", "end", "c", "end");
    }

    [Test]
    public async Task A_read_of_the_stream_takes_from_the_reader_also_where_a_cancellation_is_an_answer()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        PipeReader reader = stream.AsPipeReader();
        using FifoWriter writer = new(path);
        writer.Write([1, 2]);
        ReadResult result = await reader.ReadAtLeastAsync(2).AsTask().WaitAsync(Eventually.Deadline);
        reader.AdvanceTo(result.Buffer.Start);
        byte[] buffer = new byte[1];

        (await stream.TryReadAsync(buffer).AsTask().WaitAsync(Eventually.Deadline)).Bytes.Should().Be(1);
        (await stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Deadline)).Should().Be(1);
        buffer[0].Should().Be(2);
        using CancellationTokenSource source = new();
        ValueTask<PipeReadResult> cancelled = stream.TryReadAsync(buffer, source.Token);
        source.Cancel();
        (await cancelled.AsTask().WaitAsync(Eventually.Deadline)).IsCanceled.Should().BeTrue();
    }

    [Test]
    public async Task A_descriptor_that_others_share_has_a_reader_as_well()
    {
        (int master, string slavePath) = PipeLibc.Terminal();
        using SafeFileHandle handle = new(master, ownsHandle: true);
        int slave = PipeLibc.MustOpen(slavePath, PipeLibc.ReadWrite | PipeLibc.NoControllingTerminal);
        await using var stream = UringPipeStream.FromHandle(handle, FileAccess.Read, Context);
        Task<ReadResult> reading = stream.AsPipeReader().ReadAsync().AsTask();
        await Pends();

        PipeLibc.Write(slave, "x"u8).Should().Be(1);

        (await Eventually.Ends(reading)).Buffer.ToArray().Should().Equal((byte)'x');
        _ = PipeLibc.Close(slave);
    }

    private static async Task<byte[]> ReadToEndAsync(PipeReader reader)
    {
        List<byte> all = [];
        while (true)
        {
            ReadResult result = await reader.ReadAsync().AsTask().WaitAsync(Eventually.Deadline);
            all.AddRange(result.Buffer.ToArray());
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return [.. all];
            }
        }
    }
}
