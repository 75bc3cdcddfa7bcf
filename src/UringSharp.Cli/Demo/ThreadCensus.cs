namespace UringSharp.Cli.Demo;

/// <summary>Threads and descriptors of this process at one moment, as the kernel lists them.</summary>
internal sealed record ThreadCensus(int Threads, int PumpThreads, int KernelWorkers, int Descriptors)
{
    /// <summary>Threads that have nothing to do with rings.</summary>
    internal int OtherThreads => Threads - PumpThreads;

    internal static ThreadCensus Take()
    {
        int threads = 0;
        int pumps = 0;
        int workers = 0;
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string name = NameOf(task);
            if (name.StartsWith("iou-", StringComparison.Ordinal))
            {
                workers++;
            }
            else if (!IsPassing(name))
            {
                threads++;
                pumps += name.StartsWith("uring-", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        return new ThreadCensus(threads, pumps, workers, Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(IsCounted));
    }

    /// <summary>The highest of each figure.</summary>
    internal ThreadCensus Max(ThreadCensus other) => new(
        Math.Max(Threads, other.Threads),
        Math.Max(PumpThreads, other.PumpThreads),
        Math.Max(KernelWorkers, other.KernelWorkers),
        Math.Max(Descriptors, other.Descriptors));

    /// <summary>A ring of io_uring still mapped into this process?</summary>
    internal static bool HasRing() => File.ReadLines("/proc/self/maps").Any(static line => line.Contains("io_uring", StringComparison.Ordinal));

    /// <summary>Starts what the runtime starts once and keeps, so that it is not counted against anyone: pool threads, the timer thread.</summary>
    internal static void WarmUp() => Task.WaitAll(Enumerable.Range(0, 64).Select(static i => Task.Delay(1 + (i % 3))).ToArray());

    /// <summary>The compiler's background thread comes and goes as it likes; names end after 15 letters.</summary>
    private static bool IsPassing(string name) => name.Length == 0 || name.StartsWith(".NET Tiered", StringComparison.Ordinal);

    /// <summary>Not the assemblies the runtime loads as it needs them, nor the descriptor of this enumeration.</summary>
    private static bool IsCounted(string descriptor) =>
        new FileInfo(descriptor).LinkTarget is { } target
        && Path.GetExtension(target) is not (".dll" or ".pdb") && !target.StartsWith("/proc/", StringComparison.Ordinal);

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
}
