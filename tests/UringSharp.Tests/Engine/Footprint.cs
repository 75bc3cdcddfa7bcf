using System.Globalization;

namespace UringSharp.Tests.Engine;

/// <summary>What the process holds, apart from what the runtime takes at any moment for itself.</summary>
internal static class Footprint
{
    /// <summary>Open descriptors, without those that the runtime keeps for each assembly it has loaded, and for its symbols: a test may be the first to need one.</summary>
    public static int Descriptors => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(static entry =>
        new FileInfo(entry).LinkTarget is { } target && !target.EndsWith(".dll", StringComparison.Ordinal) && !target.EndsWith(".pdb", StringComparison.Ordinal)
        && !target.EndsWith("/fd", StringComparison.Ordinal));

    /// <summary>As <see cref="Descriptors"/>, when garbage that holds some has been collected: a number to come back to.</summary>
    public static int DescriptorsInUse
    {
        get
        {
            Collect();
            return Descriptors;
        }
    }

    /// <summary>Mappings of rings.</summary>
    public static int RingMappings => File.ReadLines("/proc/self/maps").Count(static line => line.Contains("io_uring", StringComparison.Ordinal));

    /// <summary>Threads of pumps.</summary>
    public static int PumpThreads => Directory.GetDirectories("/proc/self/task").Select(NameOf).Count(static name => name.StartsWith("uring-", StringComparison.Ordinal));

    /// <summary>Threads, without the kernel's workers and those of the thread pool, whose number is the runtime's business.</summary>
    public static int Threads => Directory.GetDirectories("/proc/self/task").Select(NameOf).Count(static name =>
        name.Length > 0 && !name.StartsWith("iou-wrk", StringComparison.Ordinal) && !name.StartsWith(".NET TP", StringComparison.Ordinal));

    /// <summary>The kernel's own threads for this process's rings.</summary>
    public static int KernelWorkers => Directory.GetDirectories("/proc/self/task").Select(NameOf).Count(static name => name.StartsWith("iou-wrk", StringComparison.Ordinal));

    /// <summary>Address space in KiB.</summary>
    public static long VirtualKiB => StatusKiB("VmSize:");

    /// <summary>Resident memory in KiB.</summary>
    public static long ResidentKiB => StatusKiB("VmRSS:");

    /// <summary>Resident memory without mapped files and compiled code, in KiB.</summary>
    public static long AnonymousKiB => StatusKiB("RssAnon:");

    /// <summary>Processor time of one thread so far, in nanoseconds.</summary>
    public static long ProcessorNanoseconds(int threadId) =>
        long.Parse(File.ReadAllText($"/proc/self/task/{threadId}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Garbage and finalizers out of the way: what is left is in use.</summary>
    public static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            // It has just ended.
            return string.Empty;
        }
    }

    private static long StatusKiB(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..^" kB".Length], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }
}
