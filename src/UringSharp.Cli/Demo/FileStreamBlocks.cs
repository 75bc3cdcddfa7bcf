namespace UringSharp.Cli.Demo;

/// <summary>By a <see cref="FileStream"/>, which serves one reader.</summary>
internal sealed class FileStreamBlocks(FileStream file) : IBlockReader
{
    public ValueTask<int> ReadAsync(Memory<byte> block, long offset)
    {
        file.Position = offset;
        return file.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false);
    }
}
