namespace UringSharp.Cli.Demo;

/// <summary>A way to read a block of a file at a position.</summary>
internal interface IBlockReader
{
    ValueTask<int> ReadAsync(Memory<byte> block, long offset);
}
