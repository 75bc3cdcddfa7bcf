using System.IO.Pipelines;

namespace UringSharp.Samples.Web.Pipes;

/// <summary>Opens the reading end of a named pipe.</summary>
internal abstract class PipeOpener
{
    /// <summary>Opens a pipe that stays open from one writer to the next.</summary>
    public abstract ValueTask<Stream> OpenAsync(string path, CancellationToken cancellationToken);

    /// <summary>Bytes: a client that does not read keeps some hundred lines in memory.</summary>
    private const int LongestLine = 16 * 1024;

    /// <summary>Its lines. A longer one than that ends them.</summary>
    public static IAsyncEnumerable<string> ReadLinesAsync(Stream pipe, CancellationToken cancellationToken) => pipe is UringPipeStream stream
        ? stream.ReadLinesAsync(maxLength: LongestLine, cancellationToken: cancellationToken)
        : PipeReader.Create(pipe).ReadLinesAsync(maxLength: LongestLine, cancellationToken: cancellationToken);
}
