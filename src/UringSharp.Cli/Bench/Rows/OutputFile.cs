namespace UringSharp.Cli.Bench.Rows;

/// <summary>A file that contenders write anew in each lap.</summary>
internal sealed class OutputFile(string path) : IDisposable
{
    internal string Path => path;

    /// <summary>Takes it away, and what of it is not on the disk yet: nobody's lap shall be disturbed by the writing back of an earlier one.</summary>
    internal void Delete() => File.Delete(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Delete();
        }
        catch (DirectoryNotFoundException)
        {
            // Gone, with its folder.
        }
    }
}
