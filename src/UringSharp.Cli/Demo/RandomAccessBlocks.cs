using Microsoft.Win32.SafeHandles;

namespace UringSharp.Cli.Demo;

/// <summary>By <see cref="RandomAccess"/>, the cheapest .NET has.</summary>
internal sealed class RandomAccessBlocks(SafeFileHandle file) : IBlockReader
{
    public ValueTask<int> ReadAsync(Memory<byte> block, long offset) => RandomAccess.ReadAsync(file, block, offset);
}
