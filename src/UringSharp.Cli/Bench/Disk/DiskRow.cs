using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Rows;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Disk;

/// <summary>Reads or writes at random positions of the user's disk.</summary>
/// <param name="workload">What is done, in a few words.</param>
/// <param name="place">Cached, cold or direct.</param>
/// <param name="blockSize">Bytes of a transfer.</param>
/// <param name="depth">How many in flight.</param>
/// <param name="file">The file; may make it.</param>
/// <param name="writes">Whether it is written to.</param>
internal sealed class DiskRow(string workload, Place place, int blockSize, int depth, Func<BenchSession, DataFile> file, bool writes)
    : Row($"{workload}, {Figures.Count(depth)} in flight", blockSize < LargeBlock ? Unit.OperationsPerSecond : Unit.MegabytesPerSecond, new Bars())
{
    /// <summary>Bytes of a transfer from which on bytes count and not transfers.</summary>
    internal const int LargeBlock = 1 << 20;

    /// <summary>The order of so many blocks is shuffled for each lap.</summary>
    private const long MostCold = 4L << 30;

    /// <inheritdoc/>
    internal override string Description => Name;

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        DataFile data = file(session);
        if (place == Place.Cached)
        {
            Warm(data, session.CancellationToken);
        }

        BlockFilePlan plan = new(data.Path, writes ? FileAccess.ReadWrite : FileAccess.Read, depth, blockSize, place == Place.Direct, HasNoReadAhead: place == Place.Cold);
        IReadOnlyList<BlockFile> files = BlockFiles.Open(plan);
        Action? prepare = place == Place.Cold ? data.Evict : null;
        IContender[] contenders = [.. files.Select(one => new ManagedContender(one.Name, clock => Start(one, data.Length, clock), prepare))];
        return new Contest(contenders[0], contenders[1..], null, files);
    }

    /// <summary>Brings it into the page cache, as a program that works with it has it; what does not fit stays out.</summary>
    private void Warm(DataFile data, CancellationToken cancellationToken)
    {
        if (writes)
        {
            data.CacheInBlocks(blockSize, cancellationToken);
        }
        else if (data.Length < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2)
        {
            data.Cache(cancellationToken);
        }
    }

    private IEnumerable<Task<Work>> Start(BlockFile one, long length, LapClock clock)
    {
        Course[] courses = place == Place.Cold ? Course.Once(depth, Math.Min(length, MostCold), blockSize) : Course.Random(depth, length, blockSize);
        return Enumerable.Range(0, depth).Select(loop => Task.Run(() =>
            writes ? BlockLoops.WriteAsync(one, loop, courses[loop], clock) : BlockLoops.ReadAsync(one, loop, courses[loop], clock)));
    }
}
