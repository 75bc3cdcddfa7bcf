using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>
/// The `select` loop of the thread-leak story: whichever comes first, the next message or the end of a task; the loser is cancelled. It must cost nothing that
/// stays.
/// </summary>
[TestFixture(ContinuationMode.Adaptive)]
[TestFixture(ContinuationMode.ThreadPool)]
public sealed class SelectLoopTests(ContinuationMode mode) : PipeFixture
{
    private const int Rounds = 2_000;
    private const int Size = 16;

    protected override ContinuationMode Mode => mode;

    [Test]
    public async Task Two_thousand_rounds_keep_threads_and_descriptors_flat_and_every_number_in_order()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using Process writer = NativeHelpers.StartWriter(path, int.MaxValue, Size, maxDelayMicroseconds: 400, seed: Seed() & 0xFFFF);
        Random random = new(Seed());
        NumberedStream seen = new(Size);
        byte[] buffer = new byte[Size];
        int messages = 0;
        int tasks = 0;
        int threadsBefore = 0;
        int descriptorsBefore = 0;
        int mostThreads = 0;
        int mostDescriptors = 0;
        for (int round = 0; round < Rounds; round++)
        {
            using CancellationTokenSource loser = new();
            Task<int> message = stream.ReadAsync(buffer, loser.Token).AsTask();
            Task work = Work(random.Next(3), loser.Token);

            Task winner = await Task.WhenAny(message, work);
            loser.Cancel();
            if (winner == message)
            {
                messages++;
            }
            else
            {
                tasks++;
            }

            // The loser may have won after all: then its message counts, and is not lost.
            try
            {
                seen.Take(buffer.AsSpan(0, await message));
            }
            catch (OperationCanceledException e)
            {
                e.CancellationToken.Should().Be(loser.Token);
            }

            try
            {
                await work;
            }
            catch (OperationCanceledException)
            {
            }

            if (round == 100)
            {
                threadsBefore = ProcessFacts.Threads;
                descriptorsBefore = OpenDescriptors.Count;
            }
            else if (round > 100 && round % 50 == 0)
            {
                mostThreads = Math.Max(mostThreads, ProcessFacts.Threads);
                mostDescriptors = Math.Max(mostDescriptors, OpenDescriptors.Count);
            }
        }

        int workers = ProcessFacts.KernelWorkers;
        await stream.DisposeAsync();
        await writer.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        Report($"{Rounds} rounds: {messages} messages and {tasks} tasks first, {seen.Messages} numbers in order; threads {threadsBefore} after 100 rounds, at most {mostThreads} later; descriptors {descriptorsBefore}, {mostDescriptors}; {workers} kernel workers");
        seen.Messages.Should().BePositive();
        messages.Should().BePositive();
        tasks.Should().BePositive();

        // The pool and the pump may add a thread that has nothing to do with waiting reads; a leak adds one each round.
        mostThreads.Should().BeLessThanOrEqualTo(threadsBefore + 4);
        mostDescriptors.Should().BeLessThanOrEqualTo(descriptorsBefore + 2);
        workers.Should().BeLessThanOrEqualTo(2 * PumpThreads);
    }

    [Test]
    public async Task Many_pipes_in_one_loop_lose_nothing_when_the_losers_are_cancelled()
    {
        const int pipes = 8;
        const int messages = 400;
        List<Process> writers = [];
        var streams = new UringPipeStream[pipes];
        NumberedStream[] seen = [.. Enumerable.Range(0, pipes).Select(_ => new NumberedStream(Size))];
        byte[][] buffers = [.. Enumerable.Range(0, pipes).Select(_ => new byte[Size * 2])];
        for (int i = 0; i < pipes; i++)
        {
            (streams[i], string path) = await OpenNewAsync($"fifo{i}");
            writers.Add(NativeHelpers.StartWriter(path, messages, Size, maxDelayMicroseconds: 300, seed: i + 1));
        }

        bool[] ended = new bool[pipes];
        int rounds = 0;
        while (ended.Contains(false))
        {
            rounds++;
            using CancellationTokenSource losers = new();
            Task<int>?[] reads = [.. Enumerable.Range(0, pipes).Select(i => ended[i] ? null : streams[i].ReadAsync(buffers[i], losers.Token).AsTask())];
            await Task.WhenAny(reads.OfType<Task<int>>()).WaitAsync(Eventually.Deadline);
            losers.Cancel();
            for (int i = 0; i < pipes; i++)
            {
                if (reads[i] is { } read)
                {
                    try
                    {
                        int count = await Eventually.Ends(read);
                        seen[i].Take(buffers[i].AsSpan(0, count));
                        ended[i] = count == 0;
                    }
                    catch (OperationCanceledException)
                    {
                    }
                }
            }
        }

        Report($"{rounds} rounds over {pipes} pipes");
        seen.Should().OnlyContain(stream => stream.Messages == messages && stream.IsWhole);
        foreach (Process writer in writers)
        {
            await writer.WaitForExitAsync().WaitAsync(Eventually.Deadline);
            writer.ExitCode.Should().Be(0);
            writer.Dispose();
        }
    }

    private static async Task Work(int kind, CancellationToken token)
    {
        switch (kind)
        {
            case 0:
                await Task.Yield();
                break;
            case 1:
                await Task.Run(() => Spin(100), token).ConfigureAwait(false);
                break;
            default:
                await Task.Delay(1, token).ConfigureAwait(false);
                break;
        }
    }
}
