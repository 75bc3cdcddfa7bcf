using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>A cancelled write tells exactly what of it is gone: nothing, or so many bytes. Never more, never less.</summary>
[TestFixture(ContinuationMode.Adaptive)]
[TestFixture(ContinuationMode.ThreadPool)]
[Category("FaultsSoak")]
public sealed class WriteCancellationTests(ContinuationMode mode) : PipeFixture
{
    private const int PipeSize = 65_536;

    protected override ContinuationMode Mode => mode;

    [Test]
    public async Task A_write_cancelled_before_its_first_byte_has_written_nothing()
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(Context);
        await writer.WriteAsync(new byte[PipeSize]);
        using CancellationTokenSource source = new();
        Task writing = writer.WriteAsync(new byte[100], source.Token).AsTask();
        await Pends();

        source.Cancel();

        OperationCanceledException thrown = (await FluentActions.Awaiting(() => writing.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<OperationCanceledException>()).Which;
        thrown.Should().NotBeOfType<PipeWriteCanceledException>();
        thrown.CancellationToken.Should().Be(source.Token);
        await writer.DisposeAsync();
        (await CountAsync(reader)).Should().Be(PipeSize);
        await reader.DisposeAsync();
    }

    [Test]
    public async Task A_write_cancelled_half_way_tells_how_much_was_written()
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(Context);
        using CancellationTokenSource source = new();
        Task writing = writer.WriteAsync(new byte[3 * PipeSize], source.Token).AsTask();
        await Pends();

        source.Cancel();

        PipeWriteCanceledException thrown = (await FluentActions.Awaiting(() => writing.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<PipeWriteCanceledException>()).Which;
        thrown.BytesWritten.Should().Be(PipeSize);
        thrown.CancellationToken.Should().Be(source.Token);
        await writer.DisposeAsync();
        (await CountAsync(reader)).Should().Be(PipeSize);
        await reader.DisposeAsync();
    }

    [Test]
    public async Task A_token_that_is_cancelled_already_writes_nothing()
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(Context);

        await FluentActions.Awaiting(() => writer.WriteAsync(new byte[1], new CancellationToken(true)).AsTask()).Should().ThrowAsync<OperationCanceledException>();

        await writer.DisposeAsync();
        (await CountAsync(reader)).Should().Be(0);
        await reader.DisposeAsync();
    }

    [Test]
    public async Task One_that_waits_in_line_can_be_cancelled_and_the_others_go_on_in_order()
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(Context);
        Task first = writer.WriteAsync(Block(1, 2 * PipeSize)).AsTask();
        using CancellationTokenSource source = new();
        Task second = writer.WriteAsync(Block(2, 10), source.Token).AsTask();
        Task third = writer.WriteAsync(Block(3, 10)).AsTask();
        await Pends();

        source.Cancel();

        await FluentActions.Awaiting(() => second.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<OperationCanceledException>();
        byte[] all = new byte[(2 * PipeSize) + 10];
        await reader.ReadExactlyAsync(all).AsTask().WaitAsync(Eventually.Deadline);
        all.AsSpan(0, 2 * PipeSize).IndexOfAnyExcept((byte)1).Should().Be(-1);
        all.AsSpan(2 * PipeSize).IndexOfAnyExcept((byte)3).Should().Be(-1);
        await Task.WhenAll(first, third).WaitAsync(Eventually.Deadline);
        await writer.DisposeAsync();
        await reader.DisposeAsync();
    }

    [TestCase(40, 30_000)]
    [TestCase(4_096, 20_000)]
    [TestCase(10_000, 10_000)]
    [TestCase(150_000, 3_000)]
    public async Task What_cancelled_writes_say_they_have_written_is_what_arrives(int messageSize, int races)
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(Context);
        int seed = Seed();
        Random random = new(seed);
        SoakTime time = new();
        long finished = 0;
        long cut = 0;
        long untouched = 0;
        long sent = 0;
        byte[] message = new byte[messageSize];

        // The stream is numbered by its bytes: what a cut write left out is not in it.
        Task<long> reading = Task.Run(async () =>
        {
            // About as slow as the writer, or the pipe is never full.
            byte[] buffer = new byte[Math.Min(50_000, 2 * messageSize)];
            Random sizes = new(seed + 1);
            long position = 0;
            int read;
            while ((read = await reader.ReadAsync(buffer.AsMemory(0, sizes.Next(1, buffer.Length)))) > 0)
            {
                for (int i = 0; i < read; i++)
                {
                    if (buffer[i] != Expected(position + i))
                    {
                        throw new InvalidOperationException($"Lost, doubled or reordered at byte {position + i}.");
                    }
                }

                position += read;
            }

            return position;
        });
        await OnAThreadOfItsOwn(() =>
        {
            while (time.GoesOn(cut + untouched >= races || (cut + untouched > 0 && finished > 0 && time.Elapsed.TotalSeconds > 1)))
            {
                for (int i = 0; i < messageSize; i++)
                {
                    message[i] = Expected(sent + i);
                }

                using CancellationTokenSource source = new();
                ValueTask write = writer.WriteAsync(message, source.Token);
                if (!write.IsCompleted && random.Next(8) != 0)
                {
                    Spin(random.NextDouble() * random.NextDouble() * 60);
                    source.Cancel();
                }

                try
                {
                    Answer.Of(write);
                    sent += messageSize;
                    finished++;
                }
                catch (PipeWriteCanceledException e)
                {
                    e.CancellationToken.Should().Be(source.Token);
                    e.BytesWritten.Should().BeInRange(1, messageSize - 1);
                    (messageSize > 4096).Should().BeTrue("up to PIPE_BUF it is all or nothing");
                    sent += e.BytesWritten;
                    cut++;
                }
                catch (OperationCanceledException e)
                {
                    e.CancellationToken.Should().Be(source.Token);
                    untouched++;
                }
            }
        });
        await writer.DisposeAsync();

        (await Eventually.Ends(reading)).Should().Be(sent);
        await reader.DisposeAsync();
        Report($"{finished} whole, {cut} cut, {untouched} not begun, {sent} bytes in {time.Elapsed.TotalSeconds:0.0} s");
        (cut + untouched).Should().BePositive();
        finished.Should().BePositive();
    }

    [Test]
    [Category("NotWithFaults")] // Expects room for each byte not yet written: cut writes leave pages of the pipe half full.
    public async Task A_write_that_is_cancelled_as_the_pipe_is_read_has_written_what_it_says()
    {
        const int page = 4096;
        string path = Folder.Fifo();
        int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(path, Options);
        int seed = Seed();
        Random random = new(seed);
        BalancedPause pause = new(random);
        SoakTime time = new();
        int races = SoakTime.IsLong || mode == ContinuationMode.Adaptive ? SoakTime.Races : 5_000;
        long finished = 0;
        long cut = 0;
        long untouched = 0;
        long sent = 0;
        long taken = 0;
        int toTake = 0;
        byte[] written = new byte[PipeSize];
        byte[] read = new byte[PipeSize];
        using Signaller taker = new(seed + 1, () => Take(toTake));
        await OnAThreadOfItsOwn(() =>
        {
            while (time.GoesOn(finished + cut + untouched >= races))
            {
                // Everything is whole pages, so that the pipe can be filled to the last byte, and a page that is taken is room for another.
                int room = PipeSize - (int)(sent - taken);
                if (room > 0)
                {
                    writer.Write(Content(room).Span);
                    sent += room;
                }

                int size = random.Next(1, 4) * page;
                toTake = random.Next(1, 4) * page;
                using CancellationTokenSource source = new();
                ValueTask write = writer.WriteAsync(Content(size), source.Token);
                taker.Begin();
                pause.Spend();
                source.Cancel();
                long before = sent;
                try
                {
                    Answer.Of(write);
                    finished++;
                    sent += size;
                }
                catch (PipeWriteCanceledException e)
                {
                    e.CancellationToken.Should().Be(source.Token);
                    e.BytesWritten.Should().BeInRange(1, size - 1);
                    (size > page).Should().BeTrue("up to PIPE_BUF it is all or nothing");
                    cut++;
                    sent += e.BytesWritten;
                }
                catch (OperationCanceledException e)
                {
                    e.CancellationToken.Should().Be(source.Token);
                    untouched++;
                }

                pause.Learn(secondWon: sent == before);
                taker.AwaitEnd();
            }
        });
        Report($"{finished + cut + untouched} races: {finished} whole, {cut} cut, {untouched} not begun, {sent} bytes in {time.Elapsed.TotalSeconds:0.0} s");
        Take((int)(sent - taken));
        PipeLibc.Read(descriptor, read).Should().Be(-PipeLibc.Again, "that was all");
        PipeLibc.Close(descriptor).Should().Be(0);
        finished.Should().BePositive();
        cut.Should().BePositive();
        untouched.Should().BePositive();

        // The stream is numbered by its bytes.
        ReadOnlyMemory<byte> Content(int length)
        {
            for (int i = 0; i < length; i++)
            {
                written[i] = Expected(sent + i);
            }

            return written.AsMemory(0, length);
        }

        void Take(int length)
        {
            for (int end = length; end > 0;)
            {
                int count = PipeLibc.Must(PipeLibc.Read(descriptor, read.AsSpan(0, end)));
                for (int i = 0; i < count; i++)
                {
                    if (read[i] != Expected(taken + i))
                    {
                        throw new InvalidOperationException($"Lost, doubled or reordered at byte {taken + i}.");
                    }
                }

                taken += count;
                end -= count;
            }
        }
    }

    [Test]
    [Category("NotWithFaults")] // A short read gives the halves of a message to two readers.
    public async Task Two_writers_and_three_readers_with_random_cancels_and_disposals_lose_and_double_nothing()
    {
        const int size = 24;
        int seed = Seed();
        SoakTime time = new();
        string path = Folder.Fifo();
        await using UringPipeStream keeper = await NamedPipe.OpenReadWriteAsync(path, Options);
        bool[] stop = [false];
        bool[] writersLeft = [false];
        string[] doing = new string[2];
        string[] reading = new string[3];
        long[] written = new long[2];
        long races = 0;
        var seen = new List<long>[2, 3];
        bool isWhole = SoakTime.IsLong || mode == ContinuationMode.Adaptive;
        int enough = isWhole ? SoakTime.Races : 10_000;

        Task[] writers = [.. Enumerable.Range(0, 2).Select(number => Task.Run(async () =>
        {
            Random random = new(seed + number);
            UringPipeStream stream = await NamedPipe.OpenWriteAsync(path, Options);
            while (!Volatile.Read(ref stop[0]))
            {
                if (random.Next(500) == 0)
                {
                    doing[number] = "disposes";
                    await stream.DisposeAsync();
                    doing[number] = "opens";
                    stream = await NamedPipe.OpenWriteAsync(path, Options);
                }

                byte[] message = NumberedStream.Message(written[number], size);
                message[^1] = (byte)number;
                using CancellationTokenSource source = new();
                doing[number] = "writes";
                ValueTask write = stream.WriteAsync(message, source.Token);
                if (!write.IsCompleted && random.Next(2) == 0)
                {
                    source.Cancel();
                    doing[number] = "writes, cancelled";
                }

                try
                {
                    await write.ConfigureAwait(false);
                    written[number]++;
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref races);
                }
            }

            doing[number] = "disposes, last";
            await stream.DisposeAsync();
        }))];
        Task[] readers = [.. Enumerable.Range(0, 3).Select(number => Task.Run(async () =>
        {
            Random random = new(seed + 10 + number);
            seen[0, number] = [];
            seen[1, number] = [];
            UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
            byte[] buffer = new byte[size * 8];
            bool ends = false;
            while (!ends)
            {
                if (random.Next(500) == 0)
                {
                    reading[number] = "disposes";
                    await stream.DisposeAsync();
                    reading[number] = "opens";
                    stream = await NamedPipe.OpenReadAsync(path, Options);
                }

                using CancellationTokenSource source = new();
                bool nothingMoreComes = Volatile.Read(ref writersLeft[0]);
                reading[number] = "reads";
                ValueTask<PipeReadResult> read = stream.TryReadAsync(buffer, source.Token);
                if (!read.IsCompleted)
                {
                    reading[number] = "waits";
                    Interlocked.Increment(ref races);
                    if (nothingMoreComes)
                    {
                        // What is still in the pipe, the keeper reads.
                        source.Cancel();
                        ends = true;
                    }
                    else if (random.Next(3) != 0)
                    {
                        Spin(random.NextDouble() * 20);
                        source.Cancel();
                    }
                    else
                    {
                        source.CancelAfter(1);
                    }
                }

                PipeReadResult result = await read.ConfigureAwait(false);
                ends &= result.IsCanceled;
                (result.Bytes % size).Should().Be(0);
                for (int i = 0; i < result.Bytes; i += size)
                {
                    (int writer, long message) = Read(buffer.AsSpan(i, size));
                    seen[writer, number].Add(message);
                }
            }

            await stream.DisposeAsync();
            reading[number] = "has left";
        }))];

        await Eventually.Holds(
            () => !time.GoesOn(Volatile.Read(ref races) >= enough || (!isWhole && Volatile.Read(ref races) >= enough / 10 && time.Elapsed.TotalSeconds > 2)),
            () => $"{races} races",
            TimeSpan.FromMinutes(SoakTime.IsLong ? 60 : 1));
        Volatile.Write(ref stop[0], true);
        await Eventually.Holds(() => Array.TrueForAll(writers, static writer => writer.IsCompleted), WhatTheyDo);
        await Task.WhenAll(writers);
        Volatile.Write(ref writersLeft[0], true);
        await Eventually.Holds(() => Array.TrueForAll(readers, static reader => reader.IsCompleted), WhatTheyDo);
        await Task.WhenAll(readers);

        Report($"{races} races, {written[0]} and {written[1]} messages in {time.Elapsed.TotalSeconds:0.0} s");
        byte[] rest = new byte[size];
        PipeReadResult result;
        using CancellationTokenSource end = new();
        while (true)
        {
            ValueTask<PipeReadResult> read = keeper.TryReadAsync(rest, end.Token);
            if (!read.IsCompleted)
            {
                end.Cancel();
            }

            result = await read;
            if (result.IsCanceled)
            {
                break;
            }

            (int writer, long message) = Read(rest);
            seen[writer, 0].Add(message);
        }

        for (int writer = 0; writer < 2; writer++)
        {
            for (int reader = 1; reader < 3; reader++)
            {
                seen[writer, reader].SequenceEqual(seen[writer, reader].Order()).Should().BeTrue("numbers increase for each reader");
            }

            Enumerable.Range(0, 3).SelectMany(reader => seen[writer, reader]).Order().SequenceEqual(Enumerable.Range(0, (int)written[writer]).Select(i => (long)i))
                .Should().BeTrue("nothing is lost or doubled");
        }

        string WhatTheyDo() =>
            $"the writers: {string.Join("; ", doing)}; the readers: {string.Join("; ", reading.Zip(readers, static (state, reader) => $"{state} {reader.Exception?.InnerException?.Message}"))}; "
            + $"{Context.GetStatistics()}";

        // The number and what follows from it; in the last byte, whose message it is.
        static (int Writer, long Number) Read(ReadOnlySpan<byte> message)
        {
            long number = BitConverter.ToInt64(message);
            if (!message[..^1].SequenceEqual(NumberedStream.Message(number, message.Length).AsSpan()[..^1]))
            {
                Assert.Fail($"Not as it was written: {Convert.ToHexString(message)}.");
            }

            return (message[^1], number);
        }
    }

    private static byte Expected(long position) => (byte)(position % 251);

    private static byte[] Block(byte value, int length)
    {
        byte[] block = new byte[length];
        block.AsSpan().Fill(value);
        return block;
    }

    private static async Task<long> CountAsync(UringPipeStream reader)
    {
        byte[] buffer = new byte[PipeSize];
        long total = 0;
        int read;
        while ((read = await reader.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Deadline)) > 0)
        {
            total += read;
        }

        return total;
    }
}
