using System.Buffers;
using System.Runtime.InteropServices;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>Blocks to read into and write from, one for each loop.</summary>
internal sealed class BlockMemory : IDisposable
{
    private readonly Memory<byte>[] _blocks;
    private readonly IDisposable[] _owners;

    private BlockMemory(Memory<byte>[] blocks, params IDisposable[] owners)
    {
        _blocks = blocks;
        _owners = owners;
        for (int i = 0; i < blocks.Length; i++)
        {
            new Random(i).NextBytes(blocks[i].Span);
        }
    }

    internal Memory<byte> this[int loop] => _blocks[loop];

    /// <summary>What a user of UringSharp takes: arrays, or an aligned pool for direct I/O.</summary>
    internal static BlockMemory ForUring(int count, int size, bool isDirect)
    {
        if (!isDirect)
        {
            return Arrays(count, size);
        }

        AlignedMemoryPool pool = new();
        IMemoryOwner<byte>[] owners = [.. Enumerable.Range(0, count).Select(_ => pool.Rent(size))];
        return new BlockMemory(Array.ConvertAll(owners, owner => owner.Memory[..size]), [.. owners, pool]);
    }

    /// <summary>What a user of .NET takes: arrays, on the pinned heap and aligned for direct I/O.</summary>
    internal static BlockMemory ForDotNet(int count, int size, bool isDirect) =>
        isDirect ? new BlockMemory([.. Enumerable.Range(0, count).Select(_ => Aligned(size))]) : Arrays(count, size);

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_owners, static owner => owner.Dispose());

    private static BlockMemory Arrays(int count, int size) => new([.. Enumerable.Range(0, count).Select(_ => new byte[size].AsMemory())]);

    private static Memory<byte> Aligned(int size)
    {
        const int alignment = AlignedMemoryPool.DefaultAlignment;
        byte[] array = GC.AllocateUninitializedArray<byte>(size + alignment, pinned: true);
        int misaligned = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % alignment);
        return array.AsMemory((alignment - misaligned) % alignment, size);
    }
}
