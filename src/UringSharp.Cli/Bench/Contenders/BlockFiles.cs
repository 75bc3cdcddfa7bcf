namespace UringSharp.Cli.Bench.Contenders;

/// <summary>The ways to read and write blocks of one file.</summary>
internal static class BlockFiles
{
    /// <summary>Opens the file in each of them, UringSharp's first.</summary>
    internal static IReadOnlyList<BlockFile> Open(in BlockFilePlan plan, ContinuationMode continuations = ContinuationMode.Adaptive)
    {
        List<BlockFile> files = [];
        try
        {
            files.Add(new UringBlockFile(plan, continuations));
            files.Add(new RandomAccessBlockFile(plan));
            files.Add(new FileStreamBlockFile(plan));
            return files;
        }
        catch
        {
            files.ForEach(static opened => opened.Dispose());
            throw;
        }
    }
}
