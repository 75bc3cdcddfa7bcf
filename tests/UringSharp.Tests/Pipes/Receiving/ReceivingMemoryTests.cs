using System.IO.Pipelines;
using UringSharp.Engine.Receiving;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>What receiving holds: nothing for a pipe that is idle, a bounded amount for a reader that lags, and no garbage.</summary>
[TestFixture(true, Category = "Multishot")]
[TestFixture(false)]
[Category("FaultsSoak")]
public sealed class ReceivingMemoryTests(bool multishot) : ReceivingFixture(multishot)
{
    private const int PipeCapacity = 65536;

    [Test]
    public async Task A_writer_that_never_stops_fills_a_bounded_amount_of_memory_for_a_reader_that_does_not_read()
    {
        const int messageSize = 4096;
        (PipeReader reader, UringPipeStream stream, string path) = await OpenReaderAsync();
        long written = 0;
        Task writing = OnAThreadOfItsOwn(() =>
        {
            int descriptor = PipeLibc.MustOpen(path, PipeLibc.WriteOnly);
            for (long number = 0; ; number++)
            {
                if (PipeLibc.Write(descriptor, NumberedStream.Message(number, messageSize)) < 0)
                {
                    break;
                }

                Interlocked.Add(ref written, messageSize);
            }

            _ = PipeLibc.Close(descriptor);
        });
        NumberedStream seen = new(messageSize);
        for (int round = 0; round < 5; round++)
        {
            // Ready, and not taken.
            ReadResult result = await Eventually.Ends(reader.ReadAsync().AsTask());
            reader.AdvanceTo(result.Buffer.Start);
            long before = -1;
            await Eventually.Holds(
                () =>
                {
                    long now = Interlocked.Read(ref written);
                    bool stands = now == before && Context.GetStatistics().InFlight == 0;
                    before = now;
                    return stands && now - seen.Bytes > PipeReception.PauseThreshold;
                },
                () => $"{Interlocked.Read(ref written)} bytes written");
            long held = before - seen.Bytes - PipeCapacity;
            Report($"{held} bytes held");
            held.Should().BeLessThanOrEqualTo(PipeReception.PauseThreshold + (2 * ReceiveBuffers.Count * ReceiveBuffers.Size));

            // All of it, and it goes on where it paused.
            result = await Eventually.Ends(reader.ReadAsync().AsTask());
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
            {
                seen.Take(part.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
        }

        await stream.DisposeAsync();
        await writing;
    }

    [Test]
    public async Task A_thousand_idle_readers_hold_no_buffer_and_add_no_thread()
    {
        const int count = 1000;
        const int maxBytesEach = 2500;
        int workersBefore = ProcessFacts.KernelWorkers;
        var readers = new PipeReader[count];
        string[] paths = new string[count];
        for (int i = 0; i < count; i++)
        {
            (readers[i], _, paths[i]) = await OpenReaderAsync($"fifo-{i}");
        }

        FifoWriter[] writers = [.. paths.Select(static path => new FifoWriter(path))];
        var reads = new Task<ReadResult>[count];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < count; i++)
        {
            // Each has had bytes, and waits for more.
            Task<byte[]> first = NextAsync(readers[i]);
            writers[i].Write("x"u8);
            await first;
            reads[i] = readers[i].ReadAsync().AsTask();
        }

        await Pends(count);
        double each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count;
        int pumpThreads = PumpThreads;
        Report($"{each:0} bytes for each reader that waits, {pumpThreads} pump threads, {ProcessFacts.KernelWorkers - workersBefore:+0;-0;0} kernel workers");
        each.Should().BeLessThan(maxBytesEach, "a buffer alone has 4096");
        pumpThreads.Should().BeLessThanOrEqualTo(4);
        (ProcessFacts.KernelWorkers - workersBefore).Should().BeLessThanOrEqualTo(2 * pumpThreads);
        foreach (FifoWriter writer in writers)
        {
            writer.Dispose();
        }

        foreach (Task<ReadResult> read in reads)
        {
            (await Eventually.Ends(read)).IsCompleted.Should().BeTrue();
        }
    }

    [Test]
    public async Task Messages_are_received_without_garbage()
    {
        const int messages = 4000;
        (PipeReader reader, _, string path) = await OpenReaderAsync();
        using FifoWriter writer = new(path);
        byte[] message = new byte[64];
        long asked = 0;
        bool isEnded = false;
        Thread writing = new(() =>
        {
            long written = 0;
            SpinWait spin = default;
            while (!Volatile.Read(ref isEnded))
            {
                if (Volatile.Read(ref asked) > written)
                {
                    Thread.SpinWait(200);
                    writer.Write(message);
                    written++;
                    spin.Reset();
                }
                else
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                }
            }
        });
        writing.Start();
        double best = double.MaxValue;
        for (int round = 0; round < 4; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await Receive(messages);
            best = Math.Min(best, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)messages);
        }

        Volatile.Write(ref isEnded, true);
        writing.Join();
        Report($"{best:0.00} bytes allocated for each message");
        best.Should().BeLessThan(1);

        async Task Receive(int count)
        {
            for (int i = 0; i < count; i++)
            {
                ValueTask<ReadResult> read = reader.ReadAsync();
                Volatile.Write(ref asked, asked + 1);
                ReadResult result = await read.ConfigureAwait(false);
                reader.AdvanceTo(result.Buffer.End);
            }
        }
    }
}
