namespace UringSharp.Samples.Web.Pipes;

/// <summary>By FileStream, for comparison: each read that waits occupies a thread of the pool, and the token does not end it.</summary>
internal sealed class FileStreamPipeOpener : PipeOpener
{
    public override ValueTask<Stream> OpenAsync(string path, CancellationToken cancellationToken) =>
        // For writing too, or it would wait here for a writer and end with the last.
        new(new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0, FileOptions.Asynchronous));
}
