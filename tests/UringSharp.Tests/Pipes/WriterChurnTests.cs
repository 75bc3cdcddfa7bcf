using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>
/// Writers that come and go. On a FIFO in blocking mode this parks reads on kernel threads, one each (kernel fact F2); here nothing may be parked.
/// </summary>
public sealed class WriterChurnTests : PipeFixture
{
    private const int Pipes = 1_000;
    private const int Rounds = 20;

    private readonly byte[][] _buffers = [.. Enumerable.Range(0, Pipes).Select(_ => new byte[16])];

    [TestCase(0)]
    [TestCase(5)]
    public async Task Each_of_20_visits_to_1000_FIFOs_is_read_to_its_end_and_none_leaves_a_kernel_worker(int bytes)
    {
        UringPipeStream[] streams = await OpenAllAsync();
        byte[] data = [.. Enumerable.Range(1, bytes).Select(number => (byte)number)];
        int ends = 0;
        long seen = 0;
        int workersBefore = ProcessFacts.KernelWorkers;
        int mostWorkers = 0;
        for (int round = 0; round < Rounds; round++)
        {
            Task<int>[] reads = [.. streams.Select((stream, i) => stream.ReadAsync(_buffers[i]).AsTask())];
            await Pends(Pipes);
            for (int i = 0; i < Pipes; i++)
            {
                FifoWriter.Visit(PathOf(i), data);
            }

            int[] counts = await Eventually.Ends(Task.WhenAll(reads));
            mostWorkers = Math.Max(mostWorkers, ProcessFacts.KernelWorkers - workersBefore);
            counts.All(count => count == bytes).Should().BeTrue();
            seen += counts.Sum();
            for (int i = 0; i < Pipes; i++)
            {
                _buffers[i].AsSpan(0, bytes).SequenceEqual(data).Should().BeTrue();
                if (bytes > 0)
                {
                    (await Eventually.Ends(streams[i].ReadAsync(_buffers[i]).AsTask())).Should().Be(0);
                }

                ends++;
                UringPipeStream next = await NamedPipe.OpenReadAsync(PathOf(i), Options);
                await streams[i].DisposeAsync();
                streams[i] = next;
            }
        }

        Report($"{ends} ends and {seen} bytes seen, at most {mostWorkers} kernel workers, {PumpThreads} pump threads");
        ends.Should().Be(Pipes * Rounds);
        seen.Should().Be((long)Pipes * Rounds * bytes);
        mostWorkers.Should().BeLessThanOrEqualTo(2 * PumpThreads);
        DisposeAll(streams);
    }

    [Test]
    public async Task Twenty_writers_that_come_and_go_under_one_pending_read_leave_no_kernel_worker()
    {
        UringPipeStream[] streams = await OpenAllAsync();
        int workersBefore = ProcessFacts.KernelWorkers;
        Task<int>[] reads = [.. streams.Select((stream, i) => stream.ReadAsync(_buffers[i]).AsTask())];
        await Pends(Pipes);

        // Nobody waits for the reader here: later writers may find the end of earlier ones not read yet.
        for (int i = 0; i < Pipes; i++)
        {
            for (int round = 0; round < Rounds; round++)
            {
                FifoWriter.Visit(PathOf(i));
            }
        }

        int[] counts = await Eventually.Ends(Task.WhenAll(reads));
        int workers = ProcessFacts.KernelWorkers - workersBefore;
        Report($"{workers} kernel workers, {PumpThreads} pump threads");
        counts.All(count => count == 0).Should().BeTrue("each read sees an end");
        workers.Should().BeLessThanOrEqualTo(2 * PumpThreads);
        DisposeAll(streams);
    }

    [Test]
    public async Task Readers_that_open_again_at_each_end_miss_no_byte_of_writers_that_do_not_wait_for_them()
    {
        const int fifos = 50;
        const int visits = 200;
        int workersBefore = ProcessFacts.KernelWorkers;
        string[] paths = [.. Enumerable.Range(0, fifos).Select(i => Folder.Fifo(Name(i)))];
        var streams = new UringPipeStream[fifos];
        for (int i = 0; i < fifos; i++)
        {
            streams[i] = await NamedPipe.OpenReadAsync(paths[i], Options);
        }

        int ends = 0;
        Task[] readers = [.. Enumerable.Range(0, fifos).Select(ReadAsync)];
        for (int visit = 0; visit < visits; visit++)
        {
            foreach (string path in paths)
            {
                // A reader opens the new end before it closes the old: there always is one.
                FifoWriter.Visit(path, BitConverter.GetBytes(visit));
            }
        }

        await Task.WhenAll(readers).WaitAsync(Eventually.Deadline);
        int workers = ProcessFacts.KernelWorkers - workersBefore;
        Report($"{fifos * visits} visits, {ends} ends seen, {workers} kernel workers");
        workers.Should().BeLessThanOrEqualTo(2 * PumpThreads);
        DisposeAll(streams);

        async Task ReadAsync(int index)
        {
            byte[] buffer = new byte[4];
            for (int expected = 0; expected < visits;)
            {
                int read = await streams[index].ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false).ConfigureAwait(false);
                if (read == 0)
                {
                    Interlocked.Increment(ref ends);
                    UringPipeStream next = await NamedPipe.OpenReadAsync(paths[index], Options).ConfigureAwait(false);
                    await streams[index].DisposeAsync().ConfigureAwait(false);
                    streams[index] = next;
                    continue;
                }

                (read, BitConverter.ToInt32(buffer)).Should().Be((4, expected));
                expected++;
            }
        }
    }

    [Test]
    public async Task A_writer_process_of_many_sessions_is_followed_by_opening_again()
    {
        const int sessions = 300;
        const int messages = 5;
        const int size = 16;
        string path = Folder.Fifo();
        UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
        using Process writer = NativeHelpers.StartWriter(path, messages, size, maxDelayMicroseconds: 50, sessions: sessions);
        NumberedStream seen = new(size);
        byte[] buffer = new byte[size * 3];
        int ends = 0;
        while (seen.Messages < sessions * messages)
        {
            int read = await Eventually.Ends(stream.ReadAsync(buffer).AsTask());
            seen.Take(buffer.AsSpan(0, read));
            if (read == 0)
            {
                ends++;
                UringPipeStream next = await NamedPipe.OpenReadAsync(path, Options);
                await stream.DisposeAsync();
                stream = next;
            }
        }

        await writer.WaitForExitAsync();
        await stream.DisposeAsync();
        Report($"{sessions} sessions, {ends} ends seen");
        seen.IsWhole.Should().BeTrue();
        writer.ExitCode.Should().Be(0);
    }

    private static string Name(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void DisposeAll(UringPipeStream[] streams) => Array.ForEach(streams, stream => stream.Dispose());

    private string PathOf(int number) => Folder[Name(number)];

    private async Task<UringPipeStream[]> OpenAllAsync()
    {
        var streams = new UringPipeStream[Pipes];
        for (int i = 0; i < Pipes; i++)
        {
            streams[i] = await NamedPipe.OpenReadAsync(Folder.Fifo(Name(i)), Options);
        }

        return streams;
    }
}
