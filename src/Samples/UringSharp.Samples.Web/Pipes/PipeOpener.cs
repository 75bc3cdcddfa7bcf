using System.IO.Pipelines;

namespace UringSharp.Samples.Web.Pipes;

/// <summary>Opens the reading end of a named pipe.</summary>
internal abstract class PipeOpener
{
    /// <summary>Opens a pipe that stays open from one writer to the next.</summary>
    public abstract ValueTask<Stream> OpenAsync(string path, CancellationToken cancellationToken);

    /// <summary>Its lines.</summary>
    public static IAsyncEnumerable<string> ReadLinesAsync(Stream pipe, CancellationToken cancellationToken) => pipe is UringPipeStream stream
        ? stream.ReadLinesAsync(cancellationToken: cancellationToken)
        : PipeReader.Create(pipe).ReadLinesAsync(cancellationToken: cancellationToken);
}
