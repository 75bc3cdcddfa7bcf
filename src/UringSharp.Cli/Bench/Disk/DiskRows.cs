using UringSharp.Cli.Bench.Rows;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Disk;

/// <summary>The workloads of a disk.</summary>
internal static class DiskRows
{
    private const int Small = 4 << 10;
    private const int LargeDepth = 4;

    /// <summary>Those of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="isDirect">Whether there is direct I/O.</param>
    /// <param name="file">The file to use.</param>
    internal static IReadOnlyList<DiskRow> Of(DiskPlan plan, bool isDirect, Func<BenchSession, DataFile> file)
    {
        List<DiskRow> rows = [];
        if (isDirect)
        {
            AddSmall("direct reads of 4 KiB", Place.Direct);
            Add("direct reads of 1 MiB", Place.Direct, DiskRow.LargeBlock, LargeDepth);
        }

        if (isDirect && plan.MayWrite)
        {
            AddSmall("direct writes of 4 KiB", Place.Direct, writes: true);
            Add("direct writes of 1 MiB", Place.Direct, DiskRow.LargeBlock, LargeDepth, writes: true);
        }

        if (plan.IsBuffered)
        {
            // Another's file is not dropped from the page cache: somebody may be working with it.
            if (plan.MayWrite)
            {
                AddSmall("reads of 4 KiB, not cached", Place.Cold);
            }

            AddSmall("reads of 4 KiB, cached", Place.Cached);
            Add("reads of 1 MiB, cached", Place.Cached, DiskRow.LargeBlock, LargeDepth);
        }

        if (plan is { IsBuffered: true, MayWrite: true })
        {
            AddSmall("writes of 4 KiB", Place.Cached, writes: true);
        }

        return rows;

        void AddSmall(string workload, Place place, bool writes = false)
        {
            foreach (int depth in plan.Depths)
            {
                Add(workload, place, Small, depth, writes);
            }
        }

        void Add(string workload, Place place, int blockSize, int depth, bool writes = false) => rows.Add(new DiskRow(workload, place, blockSize, depth, file, writes));
    }
}
