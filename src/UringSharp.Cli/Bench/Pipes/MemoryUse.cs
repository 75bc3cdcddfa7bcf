using System.Globalization;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Memory of this process, when everything that is not used has been given back.</summary>
/// <param name="Heap">Bytes on the managed heap.</param>
/// <param name="Resident">Bytes in memory: the heap, what the library has taken beside it, and the runtime.</param>
internal readonly record struct MemoryUse(long Heap, long Resident)
{
    private const int BytesInKibibyte = 1024;

    internal static MemoryUse Take()
    {
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return new MemoryUse(Math.Min(heap, GC.GetTotalMemory(forceFullCollection: false)), ReadResident());
    }

    /// <summary>Each one's part of what has come since.</summary>
    internal static (double Heap, double Resident) Each(in MemoryUse before, in MemoryUse after, int count) =>
        ((double)(after.Heap - before.Heap) / count, (double)(after.Resident - before.Resident) / count);

    /// <summary>Counted anew by the kernel; the figure in /proc/self/statm lags behind.</summary>
    private static long ReadResident()
    {
        const string field = "Rss:";
        string line = File.ReadLines("/proc/self/smaps_rollup").First(static line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * BytesInKibibyte;
    }
}
