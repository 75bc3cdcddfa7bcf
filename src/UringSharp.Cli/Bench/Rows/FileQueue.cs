using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Paths that the loops of a lap share: each once, or over and over until the time is up.</summary>
internal sealed class FileQueue(IReadOnlyList<string> paths, bool isEndless)
{
    private int _next = -1;

    /// <summary>The next path; false when there is none, or no time.</summary>
    internal bool TryNext(LapClock clock, out string path)
    {
        uint index = (uint)Interlocked.Increment(ref _next);
        bool isPast = index >= (uint)paths.Count;
        path = paths[(int)(index % (uint)paths.Count)];
        return isPast ? isEndless && !clock.IsOver : !clock.CancellationToken.IsCancellationRequested;
    }
}
