using System.Runtime.CompilerServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>Once warm, a call allocates nothing, whichever way it is served.</summary>
[NonParallelizable]
public sealed class StreamAllocationTests : FileTests
{
    private const int Count = 20_000;

    [Test]
    public async Task Small_reads_from_the_buffer_allocate_nothing()
    {
        await using UringFileStream stream = await OpenBig(4096);
        byte[] buffer = new byte[100];
        await AllocatesNothing(() => ReadAsync(stream, buffer));
    }

    [Test]
    public async Task Cached_reads_larger_than_the_buffer_allocate_nothing([Values(0, 4096)] int bufferSize)
    {
        await using UringFileStream stream = await OpenBig(bufferSize);
        byte[] buffer = new byte[8192];
        await AllocatesNothing(() => ReadAsync(stream, buffer));
    }

    [Test]
    public async Task Reads_through_the_ring_allocate_nothing([Values(0, 4096)] int bufferSize)
    {
        await using UringFileStream stream = new(Libc.Open(BigFile.Path, Libc.ReadOnly | Libc.Direct), FileAccess.Read, bufferSize);
        using AlignedMemoryPool pool = new();
        using System.Buffers.IMemoryOwner<byte> block = pool.Rent(4096);
        await AllocatesNothing(ReadBlockAsync, Count / 4);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<int> ReadBlockAsync()
        {
            Rewind(stream);
            return await stream.ReadAsync(block.Memory[..4096]);
        }
    }

    [Test]
    public async Task Reads_into_an_array_allocate_nothing()
    {
        await using UringFileStream stream = await OpenBig(4096);
        byte[] buffer = new byte[100];
        await AllocatesNothing(ReadArrayAsync);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<int> ReadArrayAsync()
        {
            Rewind(stream);
#pragma warning disable CA1835 // This very overload is meant.
            return await stream.ReadAsync(buffer, 0, buffer.Length);
#pragma warning restore CA1835
        }
    }

    [Test]
    public async Task Reads_on_a_tmpfs_allocate_nothing([Values(100, 8192)] int size)
    {
        using TempFolder folder = new("/dev/shm");
        await using UringFileStream stream = await UringFileStream.OpenAsync(BigFile.Content.Write(folder["file"], 1 << 20), new FileStreamOptions());
        byte[] buffer = new byte[size];
        await AllocatesNothing(() => ReadAsync(stream, buffer));
    }

    [Test]
    public async Task Small_writes_allocate_nothing([Values] bool withToken)
    {
        await using UringFileStream stream = await Create();
        using CancellationTokenSource source = new();
        CancellationToken token = withToken ? source.Token : CancellationToken.None;
        byte[] buffer = new byte[100];
        await AllocatesNothing(() => WriteAsync(stream, buffer, token));
    }

    [Test]
    public async Task Writes_larger_than_the_buffer_allocate_nothing()
    {
        await using UringFileStream stream = await Create();
        byte[] buffer = new byte[8192];
        await AllocatesNothing(() => WriteAsync(stream, buffer, CancellationToken.None));
    }

    [Test]
    public async Task Writes_without_a_buffer_allocate_nothing()
    {
        await using UringFileStream stream = await Create(bufferSize: 0);
        byte[] buffer = new byte[100];
        await AllocatesNothing(() => WriteAsync(stream, buffer, CancellationToken.None));
    }

    [Test]
    public async Task Synchronous_calls_allocate_nothing([Values(0, 4096)] int bufferSize)
    {
        await using UringFileStream stream = await Create(bufferSize);
        byte[] buffer = new byte[100];
        await AllocatesNothing(() =>
        {
            stream.Position = 0;
            stream.Write(buffer);
            stream.WriteByte(1);
            stream.Position = 50;
            stream.ReadByte();
            return new ValueTask<int>(stream.Read(buffer));
        });
    }

    [Test]
    public async Task Flushing_allocates_nothing()
    {
        await using UringFileStream stream = await Create();
        byte[] buffer = new byte[100];
        await AllocatesNothing(WriteAndFlushAsync);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<int> WriteAndFlushAsync()
        {
            stream.Position = 0;
            await stream.WriteAsync(buffer);
            await stream.FlushAsync(flushToDisk: false);
            return 0;
        }
    }

    private static async Task<UringFileStream> OpenBig(int bufferSize) => await UringFileStream.OpenAsync(BigFile.Path, new FileStreamOptions { BufferSize = bufferSize });

    private static void Rewind(UringFileStream stream)
    {
        if (stream.Position > 1 << 19)
        {
            stream.Position = 0;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> ReadAsync(UringFileStream stream, byte[] buffer)
    {
        Rewind(stream);
        return await stream.ReadAsync(buffer.AsMemory());
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> WriteAsync(UringFileStream stream, byte[] buffer, CancellationToken token)
    {
        Rewind(stream);
        await stream.WriteAsync(buffer.AsMemory(), token);
        return 0;
    }

    private static async Task AllocatesNothing(Func<ValueTask<int>> call, int count = Count)
    {
        long best = long.MaxValue;
        for (int i = 0; i < 4 && best >= count; i++)
        {
            best = Math.Min(best, await RunAsync(call, count));
        }

        TestContext.Out.WriteLine($"{best / (double)count} bytes for each");
        best.Should().BeLessThan(count);
    }

    // Its own state machine is the only one between the calls and the measurement, and it is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<long> RunAsync(Func<ValueTask<int>> call, int count)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < count; i++)
        {
            await call();
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private async Task<UringFileStream> Create(int bufferSize = 4096) => await UringFileStream.OpenAsync(
        Folder["file"], new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, BufferSize = bufferSize });
}
