using System.Buffers;
using System.Globalization;
using UringSharp.Tests.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>The steady state of a loop allocates nothing; the best round counts, as in the engine's own tests.</summary>
[NonParallelizable]
public sealed class LoopAllocationTests
{
    private const int WarmUp = 5_000;
    private const int Operations = 5_000;
    private const int Rounds = 3;

    [Test]
    public async Task A_read_of_a_pipe_that_waits_allocates_nothing()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        await AllocatesNothing("pipe read and write", async () =>
        {
            UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            byte[] message = new byte[8];
            byte[] buffer = new byte[8];
            return async count =>
            {
                for (int i = 0; i < count; i++)
                {
                    ValueTask<int> read = reader.ReadAsync(buffer);
                    await writer.WriteAsync(message);
                    await read;
                }
            };
        });
    }

    [Test]
    public async Task A_read_that_the_page_cache_answers_allocates_nothing()
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder.File("file", new byte[4096]);
        await AllocatesNothing("cached read", async () =>
        {
            UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read);
            byte[] buffer = new byte[4096];
            return async count =>
            {
                for (int i = 0; i < count; i++)
                {
                    await file.ReadAsync(buffer, 0);
                }
            };
        });
    }

    [Test]
    public async Task A_direct_read_allocates_nothing()
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder.File("file", new byte[65536]);
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> owner = pool.Rent(4096);
        Memory<byte> block = owner.Memory;
        await AllocatesNothing("direct read", async () =>
        {
            UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Direct = true });
            return async count =>
            {
                for (int i = 0; i < count; i++)
                {
                    await file.ReadAsync(block, 0);
                }
            };
        });
    }

    [Test]
    public async Task Yielding_allocates_nothing() => await AllocatesNothing("yield", static () => Task.FromResult<Func<int, Task>>(static async count =>
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
        }
    }));

    [Test]
    public async Task Posting_a_static_callback_allocates_nothing() => await AllocatesNothing("post", static () =>
    {
        UringLoop loop = UringLoop.Current!;
        return Task.FromResult<Func<int, Task>>(async count =>
        {
            for (int i = 0; i < count; i++)
            {
                loop.Post(static _ => { }, null);
                if (i % 16 == 0)
                {
                    await Task.Yield();
                }
            }
        });
    });

    [Test]
    public async Task A_timer_allocates_nothing() => await AllocatesNothing("timer", static () =>
    {
        UringLoop loop = UringLoop.Current!;
        return Task.FromResult<Func<int, Task>>(async count =>
        {
            for (int i = 0; i < count; i++)
            {
                await loop.Delay(TimeSpan.FromMicroseconds(i % 8));
            }
        });
    });

    private static async Task AllocatesNothing(string what, Func<Task<Func<int, Task>>> setUp)
    {
        double[] each = await LoopThread.RunAsync(async () =>
        {
            Func<int, Task> operations = await setUp();
            await operations(WarmUp);
            double[] each = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                await operations(Operations);
                each[round] = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Operations;
            }

            return each;
        });
        Figures.Print(string.Create(CultureInfo.InvariantCulture, $"{what}: bytes allocated for each in {Rounds} rounds of {Operations}"), each, string.Empty);
        each.Min().Should().BeLessThan(1);
    }
}
