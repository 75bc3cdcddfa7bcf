using System.Runtime.CompilerServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Once warm, a request allocates nothing.</summary>
public sealed class AllocationTests : FileTests
{
    private const int Count = 5000;

    [Test]
    public async Task Reading_what_is_cached_allocates_nothing()
    {
        await using UringFile file = await Open(BigFile.Path);
        byte[] buffer = new byte[4096];

        (await AllocatedBy(i => file.ReadAsync(buffer, i * 4096))).Should().BeLessThan(Count);
    }

    [Test]
    public async Task Reading_directly_allocates_nothing([Values] bool withToken)
    {
        await using UringFile file = await Open(BigFile.Path, direct: true);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();
        using CancellationTokenSource source = new();
        CancellationToken token = withToken ? source.Token : CancellationToken.None;

        (await AllocatedBy(i => file.ReadAsync(block.Memory, i * 4096, token))).Should().BeLessThan(Count);
    }

    [Test]
    public async Task Writing_directly_allocates_nothing()
    {
        await using UringFile file = await Open(Folder["file"], FileAccess.Write, FileMode.Create, direct: true);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();

        (await AllocatedBy(WriteAsync)).Should().BeLessThan(Count);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<int> WriteAsync(int i)
        {
            await file.WriteAsync(block.Memory, i % 100 * 4096);
            return 0;
        }
    }

    [Test]
    public async Task Reading_on_a_tmpfs_allocates_nothing()
    {
        using TempFolder folder = new("/dev/shm");
        await using UringFile file = await Open(BigFile.Content.Write(folder["file"], 1 << 20));
        byte[] buffer = new byte[4096];

        (await AllocatedBy(i => file.ReadAsync(buffer, i % 200 * 4096))).Should().BeLessThan(Count);
    }

    [Test]
    public async Task Asking_for_the_length_allocates_nothing()
    {
        await using UringFile file = await Open(BigFile.Path);

        (await AllocatedBy(_ => file.GetLengthAsync())).Should().BeLessThan(Count);
    }

    /// <summary>Bytes allocated while many requests run, one after another. The best of several rounds: other threads of the process allocate too.</summary>
    private static async Task<long> AllocatedBy<T>(Func<int, ValueTask<T>> request)
    {
        long best = long.MaxValue;
        for (int i = 0; i < 4 && best >= Count; i++)
        {
            best = Math.Min(best, await RunAsync(request));
        }

        return best;
    }

    // Its own state machine is the only one between the requests and the measurement, and it is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<long> RunAsync<T>(Func<int, ValueTask<T>> request)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < Count; i++)
        {
            await request(i);
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
