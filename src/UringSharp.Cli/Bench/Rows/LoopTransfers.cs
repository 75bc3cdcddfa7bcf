using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Reads at random positions of one file by code on an event loop, on one thread, beside a loop in plain C with a ring.</summary>
internal sealed class LoopTransfers(string name, Bars bars, bool isDirect, int depth) : Row(name, Unit.OperationsPerSecond, bars)
{
    private const int BlockSize = 4096;

    /// <inheritdoc/>
    internal override string Description =>
        $"reads of 4 KiB at random {(isDirect ? "past the page cache (O_DIRECT)" : "from the page cache")}, {Figures.Count(depth)} in flight, on one thread: a UringLoop. C has a ring "
        + "and one thread as well";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        if (isDirect)
        {
            session.RequireDirectIO();
        }

        DataFile file = session.ReadFile;
        if (isDirect)
        {
            file.Evict();
        }
        else
        {
            file.Cache(session.CancellationToken);
        }

        BlockFilePlan plan = new(file.Path, FileAccess.Read, depth, BlockSize, isDirect, HasNoReadAhead: false);
        LoopHost host = new();
        List<IDisposable> owned = [host];
        try
        {
            UringBlockFile ours = new(plan, host.Loop);
            owned.Insert(0, ours);
            FileStreamBlockFile theirs = new(plan);
            owned.Insert(0, theirs);
            ManagedContender onLoop = new(ours.Name, clock =>
            {
                Course[] courses = Course.Random(depth, file.Length, BlockSize);
                return Enumerable.Range(0, depth).Select(loop => host.Loop.InvokeAsync(() => BlockLoops.ReadAsync(ours, loop, courses[loop], clock, stays: true)));
            });
            ManagedContender fileStream = new(theirs.Name, clock =>
            {
                Course[] courses = Course.Random(depth, file.Length, BlockSize);
                return Enumerable.Range(0, depth).Select(loop => Task.Run(() => BlockLoops.ReadAsync(theirs, loop, courses[loop], clock)));
            });
            return new Contest(onLoop, [fileStream], CeilingOf(session, file), owned);
        }
        catch
        {
            owned.ForEach(static thing => thing.Dispose());
            throw;
        }
    }

    private CeilingContender CeilingOf(BenchSession session, DataFile file)
    {
        List<string> settings =
        [
            string.Create(CultureInfo.InvariantCulture, $"size={file.Length}"),
            string.Create(CultureInfo.InvariantCulture, $"block={BlockSize}"),
            string.Create(CultureInfo.InvariantCulture, $"depth={depth}"),
        ];
        settings.AddRange(isDirect ? ["direct=1"] : []);
        return new CeilingContender(session, "ring", file.Path, settings);
    }
}
