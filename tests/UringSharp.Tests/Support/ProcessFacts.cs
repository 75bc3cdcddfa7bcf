using System.Globalization;

namespace UringSharp.Tests.Support;

/// <summary>What can leak, counted from /proc/self. Ring teardown and thread exit are asynchronous: poll with <see cref="Eventually"/>.</summary>
internal static class ProcessFacts
{
    /// <summary>Open descriptors (the one used for counting not included).</summary>
    public static int Descriptors => Directory.GetFileSystemEntries("/proc/self/fd").Length - 1;

    /// <summary>Mappings of io_uring rings.</summary>
    public static int RingMappings => File.ReadLines("/proc/self/maps").Count(line => line.Contains("io_uring", StringComparison.Ordinal));

    /// <summary>Kernel workers of io_uring (iou-wrk-*).</summary>
    public static int KernelWorkers => ThreadNames().Count(name => name.StartsWith("iou-wrk", StringComparison.Ordinal));

    /// <summary>All threads of the process, kernel workers of io_uring not included.</summary>
    public static int Threads => ThreadNames().Count(name => !name.StartsWith("iou-wrk", StringComparison.Ordinal));

    /// <summary>Threads of UringSharp's pumps: all of its threads but those that wait for blocking calls, which any test may have left idle for some seconds.</summary>
    public static int PumpThreads => ThreadNames().Count(
        name => name.StartsWith("uring-", StringComparison.Ordinal) && !name.StartsWith("uring-blocking", StringComparison.Ordinal));

    /// <summary>Resident memory in KiB.</summary>
    public static long ResidentKiB => StatusKiB("VmRSS:");

    /// <summary>Address space in KiB. Over 50 GB in a .NET process: compare differences.</summary>
    public static long VirtualKiB => StatusKiB("VmSize:");

    /// <summary>Kernel ids of the threads whose name begins so.</summary>
    public static IReadOnlyList<int> ThreadIds(string namePrefix) =>
        [.. Tasks().Where(task => NameOf(task).StartsWith(namePrefix, StringComparison.Ordinal)).Select(task => int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture))];

    /// <summary>Context switches, voluntary and not, of one thread so far: how often it woke up.</summary>
    public static long ContextSwitches(int threadId) =>
        File.ReadLines($"/proc/self/task/{threadId}/status")
            .Where(line => line.Contains("ctxt_switches", StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));

    private static string[] Tasks() => Directory.GetDirectories("/proc/self/task");

    private static IEnumerable<string> ThreadNames() => Tasks().Select(NameOf);

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).TrimEnd();
        }
        catch (IOException)
        {
            // It has just ended.
            return string.Empty;
        }
    }

    private static long StatusKiB(string field) =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
