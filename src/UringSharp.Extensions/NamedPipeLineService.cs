using Microsoft.Extensions.Hosting;

namespace UringSharp.Extensions;

/// <summary>
/// A background service that consumes named pipes line by line, all at the same time and without a thread for any. Writers come and go; a line that one leaves unfinished is continued by the
/// next. Stopping the host ends the waits at once.
/// </summary>
/// <param name="context">The context the pipes belong to.</param>
/// <param name="paths">The pipes' paths. They must exist.</param>
/// <param name="maxLength">Bytes of the longest line. A longer one ends the service with an <see cref="InvalidDataException"/>, and with it the host, unless its options say otherwise.</param>
public abstract class NamedPipeLineService(UringContext context, IReadOnlyCollection<string> paths, int maxLength = PipeReaderExtensions.DefaultMaxLength) : BackgroundService
{
    /// <summary>A line has come. The next of the same pipe is read when this has ended; of another pipe one may come meanwhile. An exception ends the service.</summary>
    /// <param name="path">The pipe's path.</param>
    /// <param name="line">The line, without its end.</param>
    /// <param name="stoppingToken">Is cancelled when the host stops.</param>
    /// <returns>Ends when the line is done with.</returns>
    protected abstract ValueTask ReceiveAsync(string path, string line, CancellationToken stoppingToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One that fails ends the others, or the failure would be told to nobody before the host stops.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        List<Task> pipes = [.. paths.Select(path => FollowAsync(path, end.Token))];
        while (pipes.Count > 0)
        {
            Task ended = await Task.WhenAny(pipes).ConfigureAwait(false);
            pipes.Remove(ended);
            if (ended.IsFaulted)
            {
                await end.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(pipes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await ended.ConfigureAwait(false);
        }
    }

    private async Task FollowAsync(string path, CancellationToken stoppingToken)
    {
        UringPipeStream pipe = await NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = context, EndOfStream = EndOfStreamMode.Never }, stoppingToken).ConfigureAwait(false);
        await using (pipe.ConfigureAwait(false))
        {
            await foreach (string line in pipe.ReadLinesAsync(maxLength: maxLength, cancellationToken: stoppingToken).ConfigureAwait(false))
            {
                await ReceiveAsync(path, line, stoppingToken).ConfigureAwait(false);
            }
        }
    }
}
