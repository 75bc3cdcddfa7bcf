using System.Globalization;
using UringSharp.Tests.Engine;

namespace UringSharp.TestChild.Soaking;

/// <summary>What the process holds while no job runs.</summary>
internal sealed record SoakState(int Descriptors, int Threads, int KernelWorkers, int RingMappings, long ResidentKiB, long AnonymousKiB, long ManagedKiB)
{
    /// <summary>The kernel keeps up to two idle workers for each thread that has submitted.</summary>
    private const int IdleWorkers = 2;

    /// <summary>What the compiler adds in the first minutes.</summary>
    private const long ResidentSlackKiB = 48 * 1024;

    /// <summary>What allocators and the collector keep for later differs by so much from one look to the next.</summary>
    private const long AnonymousSlackKiB = 24 * 1024;
    private const long ManagedSlackKiB = 4 * 1024;

    /// <summary>What is held now, garbage not counted.</summary>
    public static SoakState Now()
    {
        Footprint.Collect();
        return new SoakState(
            Footprint.Descriptors,
            Footprint.Threads,
            Footprint.KernelWorkers,
            Footprint.RingMappings,
            Footprint.ResidentKiB,
            Footprint.AnonymousKiB,
            GC.GetTotalMemory(forceFullCollection: false) / 1024);
    }

    /// <summary>What the descriptors refer to, and the names of the threads: what is left behind is soon found by them.</summary>
    public static string Describe() => $"""
        descriptors: {string.Join(", ", Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(static entry => new FileInfo(entry).LinkTarget).Order(StringComparer.Ordinal))}
        threads:     {string.Join(", ", Directory.GetDirectories("/proc/self/task").Select(static task => File.ReadAllText(Path.Combine(task, "comm")).Trim()).Order(StringComparer.Ordinal))}
        """;

    /// <summary>What is held when nothing changes any more, after so long at most: threads and rings end a little later than what used them.</summary>
    public static async Task<SoakState> SettledAsync(TimeSpan patience)
    {
        long end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        SoakState last = Now();
        int same = 0;
        while (same < 4 && Environment.TickCount64 < end)
        {
            await Task.Delay(500);
            SoakState now = Now();
            same = now.IsAsSmallAs(last) && last.IsAsSmallAs(now) ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    /// <summary>Whether nothing has become more since a state.</summary>
    public bool IsAsSmallAs(SoakState before) =>
        Descriptors <= before.Descriptors
        && Threads <= before.Threads
        && KernelWorkers <= before.KernelWorkers + IdleWorkers
        && RingMappings <= before.RingMappings
        && ResidentKiB <= before.ResidentKiB + ResidentSlackKiB
        && AnonymousKiB <= before.AnonymousKiB + AnonymousSlackKiB
        && ManagedKiB <= before.ManagedKiB + ManagedSlackKiB;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Descriptors} descriptors, {Threads} threads, {KernelWorkers} kernel workers, {RingMappings} ring mappings, {ResidentKiB / 1024.0:0.0} MiB resident, {AnonymousKiB / 1024.0:0.0} of them anonymous, {ManagedKiB / 1024.0:0.0} MiB managed");
}
