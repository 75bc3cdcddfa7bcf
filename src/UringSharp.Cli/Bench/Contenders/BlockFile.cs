namespace UringSharp.Cli.Bench.Contenders;

/// <summary>A way to read and write blocks of a file at positions, with a block of memory for each loop.</summary>
internal abstract class BlockFile(string name, BlockMemory memory) : IDisposable
{
    internal string Name => name;

    /// <summary>The block of a loop.</summary>
    internal Memory<byte> this[int loop] => memory[loop];

    /// <summary>Reads into the loop's block.</summary>
    internal abstract ValueTask<int> ReadAsync(int loop, long offset);

    /// <summary>Writes the loop's block.</summary>
    internal abstract ValueTask WriteAsync(int loop, long offset);

    /// <inheritdoc/>
    public virtual void Dispose() => memory.Dispose();
}
