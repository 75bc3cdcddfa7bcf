using System.Collections.Concurrent;
using UringSharp.Extensions;

namespace UringSharp.Samples.Web.Pipes;

/// <summary>Consumes pipes in the background: counts their lines, where a service would put them into a queue or a table.</summary>
internal sealed class LineCounter(UringContext context, IReadOnlyCollection<string> paths) : NamedPipeLineService(context, paths)
{
    private readonly ConcurrentDictionary<string, long> _counts = new(paths.Select(static path => KeyValuePair.Create(Path.GetFileName(path), 0L)));

    /// <summary>Lines so far, by the name of the pipe.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    protected override ValueTask ReceiveAsync(string path, string line, CancellationToken stoppingToken)
    {
        _counts.AddOrUpdate(Path.GetFileName(path), 1, static (_, count) => count + 1);
        return default;
    }
}
