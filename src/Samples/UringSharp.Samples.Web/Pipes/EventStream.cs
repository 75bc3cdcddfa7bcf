using System.Text;

namespace UringSharp.Samples.Web.Pipes;

/// <summary>Lines as server-sent events: text/event-stream.</summary>
internal static class EventStream
{
    /// <summary>Sends the head of the answer at once, then each line as it comes, until the client leaves.</summary>
    public static async Task SendAsync(HttpResponse response, IAsyncEnumerable<string> lines, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        try
        {
            await response.Body.FlushAsync(cancellationToken);
            await foreach (string line in lines)
            {
                // A carriage return would end the line of the event.
                Encoding.UTF8.GetBytes($"data: {line.Replace("\r", "\ndata: ", StringComparison.Ordinal)}\n\n", response.BodyWriter);
                await response.BodyWriter.FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It has left, or the service stops.
        }
    }
}
