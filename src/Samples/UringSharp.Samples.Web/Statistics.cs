using UringSharp.Samples.Web.Files;
using UringSharp.Samples.Web.Pipes;

namespace UringSharp.Samples.Web;

/// <summary>What /stats tells: of the context, and of the process it is in.</summary>
internal sealed class Statistics(UringContext context, FileChoice choice, LineCounter lines, Broadcasts broadcasts)
{
    private int _tails;

    /// <summary>Clients that follow a pipe at the moment.</summary>
    public int Tails => Volatile.Read(ref _tails);

    public void TailBegins() => Interlocked.Increment(ref _tails);

    public void TailEnds() => Interlocked.Decrement(ref _tails);

    public StatisticsReport Read() => new(
        choice.Name,
        context.GetStatistics(),
        CountEntries("/proc/self/task"),
        CountEntries("/proc/self/fd"),
        Tails,
        broadcasts.Count,
        lines.Counts);

    private static int CountEntries(string folder) => Directory.EnumerateFileSystemEntries(folder).Count();
}
