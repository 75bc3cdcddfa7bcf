using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace UringSharp.Samples.Web.Pipes;

/// <summary>
/// One pipe for many clients: read once, and each line copied to all who follow it. The pipe is open while somebody does. A client that is too slow misses the oldest lines, and holds up nobody.
/// </summary>
internal sealed class Broadcasts(PipeOpener opener)
{
    private const int LinesKept = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Source> _sources = [];

    /// <summary>Pipes that are open.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sources.Count;
            }
        }
    }

    /// <summary>The lines of a pipe from now on.</summary>
    public async IAsyncEnumerable<string> FollowAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = Channel.CreateBounded<string>(new BoundedChannelOptions(LinesKept) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        Source source = Join(path, lines.Writer);
        try
        {
            await foreach (string line in lines.Reader.ReadAllAsync(cancellationToken))
            {
                yield return line;
            }
        }
        finally
        {
            await LeaveAsync(path, source, lines.Writer);
        }
    }

    private Source Join(string path, ChannelWriter<string> client)
    {
        lock (_lock)
        {
            if (!_sources.TryGetValue(path, out Source? source))
            {
                _sources[path] = source = new Source();
                source.Reading = Task.Run(() => ReadAsync(path, source));
            }

            source.Clients.Add(client);
            return source;
        }
    }

    private async Task LeaveAsync(string path, Source source, ChannelWriter<string> client)
    {
        lock (_lock)
        {
            if (!source.Clients.Remove(client) || source.Clients.Count > 0)
            {
                return;
            }

            if (_sources.GetValueOrDefault(path) == source)
            {
                _sources.Remove(path);
            }
        }

        await source.End.CancelAsync();
        await source.Reading;
        source.End.Dispose();
    }

    /// <summary>Never fails: what goes wrong is told to the clients.</summary>
    private async Task ReadAsync(string path, Source source)
    {
        Exception? failure = null;
        try
        {
            await using Stream pipe = await opener.OpenAsync(path, source.End.Token);
            await foreach (string line in PipeOpener.ReadLinesAsync(pipe, source.End.Token))
            {
                lock (_lock)
                {
                    // Always taken: the oldest makes room.
                    source.Clients.ForEach(client => client.TryWrite(line));
                }
            }
        }
        catch (Exception e)
        {
            failure = source.End.IsCancellationRequested ? null : e;
        }

        lock (_lock)
        {
            // Whoever comes now begins anew.
            if (_sources.GetValueOrDefault(path) == source)
            {
                _sources.Remove(path);
            }

            source.Clients.ForEach(client => client.TryComplete(failure));
        }
    }

    private sealed class Source
    {
        public CancellationTokenSource End { get; } = new();

        public List<ChannelWriter<string>> Clients { get; } = [];

        public Task Reading { get; set; } = Task.CompletedTask;
    }
}
