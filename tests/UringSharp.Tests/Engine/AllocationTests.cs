using System.Buffers;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>
/// The steady state allocates nothing. Measured over the whole process, so that nothing hides on another thread. What the runtime allocates now and then (a timer, a
/// segment of the pool's queue) spreads over many operations to far less than a byte for each, and does not come in every round; what an operation
/// allocates does. So the best round counts.
/// </summary>
public sealed class AllocationTests
{
    private const int WarmUp = 5_000;
    private const int Operations = 4_000;
    private const int Rounds = 10;

    [Test]
    public async Task A_cached_read_allocates_nothing()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using UringFile file = await UringFile.OpenAsync(folder.File("cached", new byte[4096]), FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context });
        byte[] buffer = new byte[4096];

        await AllocatesNothing("cached read", 200_000, async count =>
        {
            for (int i = 0; i < count; i++)
            {
                await file.ReadAsync(buffer, 0).ConfigureAwait(false);
            }
        });
    }

    [Test]
    [Category("Uring")]
    public async Task A_read_through_the_ring_allocates_nothing([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        using IMemoryOwner<byte> memory = file.Rent();
        Memory<byte> block = memory.Memory;
        using CancellationTokenSource source = new();
        CancellationToken token = source.Token;
        long submissions = context.GetStatistics().Submissions;

        await AllocatesNothing($"direct read, {mode}", Operations, async count =>
        {
            for (int i = 0; i < count; i++)
            {
                await file.File.ReadAsync(block, 0, token).ConfigureAwait(false);
            }
        });

        (context.GetStatistics().Submissions - submissions).Should().BeGreaterThanOrEqualTo(Operations + WarmUp, "each read went through the ring");
    }

    [Test]
    public async Task Many_reads_at_once_allocate_nothing()
    {
        const int inFlight = 32;
        using TempFolder folder = new();
        await using UringContext context = new();
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        IMemoryOwner<byte>[] memory = [.. Enumerable.Range(0, inFlight).Select(_ => file.Rent())];
        var readers = new Task[inFlight];

        async Task Read(Memory<byte> block, int count)
        {
            for (int i = 0; i < count; i++)
            {
                await file.File.ReadAsync(block, 0).ConfigureAwait(false);
            }
        }

        await AllocatesNothing("direct read, 32 in flight", 30_000, async count =>
        {
            for (int i = 0; i < inFlight; i++)
            {
                readers[i] = Read(memory[i].Memory, count / inFlight);
            }

            await Task.WhenAll(readers).ConfigureAwait(false);
        });
    }

    [Test]
    public async Task A_pipe_read_that_waits_allocates_nothing([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using CancellationTokenSource source = new();
        CancellationToken token = source.Token;
        byte[] buffer = new byte[8];
        long asked = 0;
        long written = 0;
        bool isEnded = false;
        Thread writer = new(() =>
        {
            // A message when one is waited for, and the reader has had time to wait.
            SpinWait spin = default;
            while (!Volatile.Read(ref isEnded))
            {
                if (Volatile.Read(ref asked) > written)
                {
                    Thread.SpinWait(500);
                    fifo.Write();
                    written++;
                    spin.Reset();
                }
                else
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                }
            }
        });
        writer.Start();
        long submissions = context.GetStatistics().Submissions;

        await AllocatesNothing($"FIFO read, {mode}", Operations, async count =>
        {
            for (int i = 0; i < count; i++)
            {
                ValueTask<int> read = fifo.Reader.ReadAsync(buffer, token);
                Volatile.Write(ref asked, asked + 1);
                await read.ConfigureAwait(false);
            }
        });

        Volatile.Write(ref isEnded, true);
        writer.Join();
        (context.GetStatistics().Submissions - submissions).Should().BeGreaterThan(Operations, "most of the reads waited, or this test says nothing");
    }

    [Test]
    public async Task A_read_with_the_token_of_a_disposed_source_allocates_nothing()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        using IMemoryOwner<byte> memory = file.Rent();
        Memory<byte> block = memory.Memory;
        CancellationTokenSource source = new();
        CancellationToken token = source.Token;
        source.Dispose();

        await AllocatesNothing("direct read with the token of a disposed source", Operations, async count =>
        {
            for (int i = 0; i < count; i++)
            {
                await file.File.ReadAsync(block, 0, token).ConfigureAwait(false);
            }
        });
    }

    private static async Task AllocatesNothing(string what, int count, Func<int, Task> operations)
    {
        await operations(WarmUp).ConfigureAwait(false);
        List<double> each = [];
        while (each.Count < Rounds && !each.Exists(static bytes => bytes < 1))
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await operations(count).ConfigureAwait(false);
            each.Add((GC.GetTotalAllocatedBytes(precise: true) - before) / (double)count);
        }

        Figures.Print($"{what}: bytes allocated for each in rounds of {count}", each, string.Empty);
        each.Min().Should().BeLessThan(1);
    }
}
