namespace UringSharp.Cli.Demo;

/// <summary>By <see cref="UringFile"/>.</summary>
internal sealed class UringBlocks(UringFile file) : IBlockReader
{
    public ValueTask<int> ReadAsync(Memory<byte> block, long offset) => file.ReadAsync(block, offset);
}
