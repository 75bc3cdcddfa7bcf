namespace UringSharp.Cli.Demo;

/// <summary>Pipes by <see cref="FileStream"/>.</summary>
internal sealed class FileStreamPipes : IPipeContender
{
    /// <inheritdoc/>
    public long? PendingReads => null;

    /// <inheritdoc/>
    /// <remarks>For writing as well: open(2) for reading alone blocks until a writer comes, and the reads to be seen would never begin.</remarks>
    public Stream OpenWithoutWriter(string path) => Open(path, FileAccess.ReadWrite);

    /// <inheritdoc/>
    public Stream OpenWithWriter(string path) => Open(path, FileAccess.Read);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static FileStream Open(string path, FileAccess access) => new(path, FileMode.Open, access, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
}
