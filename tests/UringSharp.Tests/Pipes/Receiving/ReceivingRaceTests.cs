using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using UringSharp.Engine.Receiving;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>Whatever a cancellation, a pause, an end or a disposal hits: no byte is lost, doubled or reordered. URINGSHARP_SOAK and URINGSHARP_SEED as elsewhere.</summary>
[TestFixture(true, ContinuationMode.Adaptive, Category = "Multishot")]
[TestFixture(true, ContinuationMode.ThreadPool, Category = "Multishot")]
[TestFixture(false, ContinuationMode.Adaptive)]
[Category("FaultsSoak")]
public sealed class ReceivingRaceTests(bool multishot, ContinuationMode mode) : ReceivingFixture(multishot)
{
    protected override ContinuationMode Mode => mode;

    [Test]
    public async Task Cancellations_lose_no_byte_of_a_writer_process([Values] bool byToken)
    {
        const int messageSize = 40;
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        using Process writer = NativeHelpers.StartWriter(path, int.MaxValue, messageSize, maxDelayMicroseconds: 2);
        Random random = new(Seed());
        NumberedStream seen = new(messageSize);
        SoakTime time = new();

        // One way of the four is the race that counts; the others are run for a while.
        bool isWhole = SoakTime.IsLong || (byToken && IsMultishot && mode == ContinuationMode.Adaptive);
        int races = 0;
        int dataWon = 0;
        int cancelWon = 0;
        await OnAThreadOfItsOwn(() =>
        {
            while (time.GoesOn(races >= SoakTime.Races || (!isWhole && dataWon > 100 && cancelWon > 100 && time.Elapsed.TotalSeconds > 1)))
            {
                CancellationTokenSource source = new();
                ValueTask<ReadResult> read = reader.ReadAsync(byToken ? source.Token : default);
                if (!read.IsCompleted)
                {
                    races++;
                    Spin(random.NextDouble() * 15);
                    if (byToken)
                    {
                        source.Cancel();
                    }
                    else
                    {
                        reader.CancelPendingRead();
                    }
                }

                try
                {
                    ReadResult result = Answer.Of(read);
                    dataWon += result.IsCanceled ? 0 : 1;
                    cancelWon += result.IsCanceled ? 1 : 0;
                    if (result.IsCompleted)
                    {
                        Assert.Fail("A false end: the writer is still there.");
                    }

                    TakeSome(reader, result.Buffer, seen, random);
                }
                catch (OperationCanceledException e) when (e.CancellationToken == source.Token && source.IsCancellationRequested)
                {
                    cancelWon++;
                }
            }
        });

        await stream.DisposeAsync();
        await writer.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        writer.ExitCode.Should().Be(3);
        Report($"{races} races: data won {dataWon}, the cancellation {cancelWon}; {seen.Messages} messages in order");
        dataWon.Should().BePositive();
        cancelWon.Should().BePositive();
    }

    [Test]
    [Category("Faults")]
    public async Task A_reader_that_lags_again_and_again_loses_no_byte()
    {
        const int messageSize = 1000;
        const int messages = 20_000;
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        using Process writer = NativeHelpers.StartWriter(path, messages, messageSize);
        Random random = new(Seed());
        NumberedStream seen = new(messageSize);
        await OnAThreadOfItsOwn(() =>
        {
            while (true)
            {
                if (random.Next(20) == 0)
                {
                    Spin(random.Next(1000));
                }

                ValueTask<ReadResult> read = reader.ReadAsync();
                ReadResult result = Answer.Of(read);
                if (result.IsCompleted && result.Buffer.IsEmpty)
                {
                    return;
                }

                TakeSome(reader, result.Buffer, seen, random);
            }
        });

        await writer.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        seen.Messages.Should().Be(messages);
        seen.IsWhole.Should().BeTrue();
    }

    [Test]
    [Category("Faults")]
    public async Task Many_pipes_at_once_share_the_buffers_and_lose_no_byte([Values(1, 256)] int queueDepth)
    {
        const int pipes = 40;
        const int messageSize = 3000;
        const int messages = 100;
        var readers = new Task[pipes];
        List<string> paths = [];
        UringOptions options = ContextOptions;
        options.QueueDepth = queueDepth;
        await using UringContext context = new(options);
        for (int i = 0; i < pipes; i++)
        {
            string path = Folder.Fifo($"fifo-{i}");
            UringPipeStream stream = await NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = context });
            paths.Add(path);
            readers[i] = ReadAll(stream);
        }

        await OnAThreadOfItsOwn(() =>
        {
            FifoWriter[] writers = [.. paths.Select(static path => new FifoWriter(path))];
            for (int number = 0; number < messages; number++)
            {
                byte[] message = NumberedStream.Message(number, messageSize);
                foreach (FifoWriter writer in writers)
                {
                    writer.Write(message);
                }
            }

            foreach (FifoWriter writer in writers)
            {
                writer.Dispose();
            }
        });
        await Eventually.Ends(Task.WhenAll(readers));

        static async Task ReadAll(UringPipeStream stream)
        {
            await using UringPipeStream closed = stream;
            PipeReader reader = stream.AsPipeReader();
            NumberedStream seen = new(messageSize);
            while (true)
            {
                ReadResult result = await reader.ReadAsync().ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> part in result.Buffer)
                {
                    seen.Take(part.Span);
                }

                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }

            seen.Messages.Should().Be(messages);
        }
    }

    [Test]
    public async Task More_pipes_than_buffers_may_have_bytes_at_the_same_moment()
    {
        const int pipes = 5 * ReceiveBuffers.Count;
        var readers = new PipeReader[pipes];
        var writers = new FifoWriter[pipes];
        for (int i = 0; i < pipes; i++)
        {
            (readers[i], _, string path) = await OpenReaderAsync($"fifo-{i}");
            writers[i] = new FifoWriter(path);
            writers[i].Write(NumberedStream.Message(i, 8));
        }

        // All are begun while the pump is busy with this continuation, so that it arms them in one go.
        ReadResult first = await readers[0].ReadAsync().ConfigureAwait(false);
        readers[0].AdvanceTo(first.Buffer.End);
        Task<byte[]>[] reads = [.. readers.Skip(1).Select(static reader => NextAsync(reader))];
        for (int i = 0; i < reads.Length; i++)
        {
            (await Eventually.Ends(reads[i])).Should().Equal(NumberedStream.Message(i + 1, 8));
        }

        for (int i = 0; i < pipes; i++)
        {
            writers[i].Write(NumberedStream.Message(i, 8));
            (await NextAsync(readers[i])).Should().Equal(NumberedStream.Message(i, 8));
            writers[i].Dispose();
        }
    }

    [Test]
    [Category("Faults")]
    public async Task Disposal_in_the_midst_of_bytes_ends_the_reader_and_closes_the_pipe([Values] bool completes)
    {
        Random random = new(Seed());
        for (int round = 0; round < 150; round++)
        {
            string path = Folder.Fifo($"fifo-{round}");
            UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
            PipeReader reader = stream.AsPipeReader();
            NumberedStream seen = new(8);
            var reading = Task.Run(async () =>
            {
                while (true)
                {
                    ReadResult result = await reader.ReadAsync().ConfigureAwait(false);
                    foreach (ReadOnlyMemory<byte> part in result.Buffer)
                    {
                        seen.Take(part.Span);
                    }

                    reader.AdvanceTo(result.Buffer.End);
                    if (result.IsCompleted)
                    {
                        return;
                    }
                }
            });
            using FifoWriter writer = new(path, blocking: false);
            int messages = random.Next(40);
            for (int number = 0; number < messages; number++)
            {
                writer.Write(NumberedStream.Message(number, 8));
            }

            if (completes)
            {
                writer.Dispose();
            }

            Spin(random.NextDouble() * 60);
            await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
            try
            {
                await Eventually.Ends(reading);
                await reading;
            }
            catch (ObjectDisposedException)
            {
                continue;
            }

            completes.Should().BeTrue("there is no end while the writer is there");
            seen.Messages.Should().Be(messages);
        }
    }

    /// <summary>Consumes some of the bytes, mostly all of them.</summary>
    private static void TakeSome(PipeReader reader, ReadOnlySequence<byte> buffer, NumberedStream seen, Random random)
    {
        ReadOnlySequence<byte> part = random.Next(4) == 0 ? buffer.Slice(0, random.NextInt64(buffer.Length + 1)) : buffer;
        foreach (ReadOnlyMemory<byte> memory in part)
        {
            seen.Take(memory.Span);
        }

        reader.AdvanceTo(part.End);
    }
}
