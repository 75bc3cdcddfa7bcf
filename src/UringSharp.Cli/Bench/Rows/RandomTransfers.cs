using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Reads or writes at random positions of one file, so many at a time.</summary>
internal sealed class RandomTransfers(string name, Bars bars, Place place, int blockSize, int depth, bool writes = false) : Row(name, Unit.OperationsPerSecond, bars)
{
    /// <summary>Where the code behind our awaits runs.</summary>
    internal ContinuationMode Continuations { get; init; }

    /// <summary>How long each loop computes with what it has read; one more loop then reads without computing, to be watched.</summary>
    internal int ComputeMicroseconds { get; init; }

    /// <inheritdoc/>
    internal override string Description
    {
        get
        {
            string where = place switch
            {
                Place.Cached => writes ? "into the page cache" : "from the page cache",
                Place.Cold => "from the disk, page cache emptied before, no read-ahead",
                Place.Direct => "past the page cache (O_DIRECT)",
                Place.Overlay => "from the page cache through overlayfs",
                _ => "from tmpfs",
            };
            string how = (Continuations == ContinuationMode.ThreadPool ? "; continuations on the thread pool" : string.Empty)
                + (Computes ? $"; {Figures.Count(ComputeMicroseconds)} µs of computing after each" : string.Empty);
            return $"{(writes ? "writes" : "reads")} of {Figures.Count(blockSize / 1024)} KiB at random {where}, {Figures.Count(depth)} in flight{how}";
        }
    }

    private bool Computes => ComputeMicroseconds > 0;

    private bool IsDirect => place == Place.Direct;

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        DataFile file = FileOf(session);
        BlockFilePlan plan = new(
            file.Path, writes ? FileAccess.ReadWrite : FileAccess.Read, Computes ? depth + 1 : depth, blockSize, IsDirect, HasNoReadAhead: place == Place.Cold);
        IReadOnlyList<BlockFile> files = BlockFiles.Open(plan, Continuations);
        Action? prepare = place == Place.Cold ? file.Evict : null;
        Computation? computation = Computes ? new Computation(ComputeMicroseconds) : null;
        IContender[] contenders = [.. files.Select(one => new ManagedContender(one.Name, clock => Start(one, file.Length, computation, clock), prepare))];

        // What plain C would compute is not the question.
        IContender? ceiling = Computes ? null : CeilingOf(session, file, prepare);
        return new Contest(contenders[0], contenders[1..], ceiling, files);
    }

    private DataFile FileOf(BenchSession session)
    {
        if (IsDirect)
        {
            session.RequireDirectIO();
        }

        DataFile file = writes ? session.WriteFile : place switch
        {
            Place.Overlay => session.OverlayFile,
            Place.Memory => session.MemoryFile,
            _ => session.ReadFile,
        };

        // Direct transfers would have to look after pages that are cached.
        if (IsDirect)
        {
            file.Evict();
        }
        else if (writes)
        {
            file.CacheInBlocks(blockSize, session.CancellationToken);
        }
        else if (place != Place.Cold)
        {
            file.Cache(session.CancellationToken);
        }

        return file;
    }

    private IEnumerable<Task<Work>> Start(BlockFile file, long length, Computation? computation, LapClock clock)
    {
        int loops = Computes ? depth + 1 : depth;
        Course[] courses = place == Place.Cold ? Course.Once(loops, length, blockSize) : Course.Random(loops, length, blockSize);
        return Enumerable.Range(0, loops).Select(loop => Task.Run(() =>
            computation is null
                ? writes ? BlockLoops.WriteAsync(file, loop, courses[loop], clock) : BlockLoops.ReadAsync(file, loop, courses[loop], clock)
            : loop < depth
                ? BlockLoops.ReadAndComputeAsync(file, loop, courses[loop], computation, clock)
                : BlockLoops.WatchAsync(file, loop, courses[loop], clock)));
    }

    /// <summary>Where the page cache answers, system calls on both processors are the fastest there is; a ring where a disk does.</summary>
    private CeilingContender CeilingOf(BenchSession session, DataFile file, Action? prepare)
    {
        bool isRing = place is Place.Cold or Place.Direct;
        List<string> settings =
        [
            string.Create(CultureInfo.InvariantCulture, $"size={file.Length}"),
            string.Create(CultureInfo.InvariantCulture, $"block={blockSize}"),
            string.Create(CultureInfo.InvariantCulture, $"depth={(isRing ? depth : Math.Min(depth, Environment.ProcessorCount))}"),
        ];
        settings.AddRange(IsDirect ? ["direct=1"] : []);
        settings.AddRange(place == Place.Cold ? ["once=1"] : []);
        settings.AddRange(writes ? ["writes=1"] : []);
        return new CeilingContender(session, isRing ? "ring" : "calls", file.Path, settings, prepare);
    }
}
