using System.Diagnostics;
using UringSharp.Tests.Engine;

namespace UringSharp.TestChild.Verbs;

/// <summary>
/// Makes and disposes contexts with reads pending, and prints what is left, for a test to judge. A process of its own, compiled without tiers, because the
/// memory of a test host grows by what its compiler does meanwhile.
/// </summary>
internal static class PendingContexts
{
    private const int Contexts = 1_000;
    private const int ReadsEach = 16;
    private const int WarmUp = 100;

    public static Task RunAsync(string[] arguments)
    {
        string folder = Path.Combine(Path.GetTempPath(), "uringsharp-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        try
        {
            string[] paths = [.. Enumerable.Range(0, ReadsEach).Select(i => Path.Combine(folder, $"fifo-{i}"))];
            Array.ForEach(paths, static path => NamedPipe.Create(path));
            Run(paths);
            return Task.CompletedTask;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Run(string[] paths)
    {
        ContinuationMode[] modes = Enum.GetValues<ContinuationMode>();
        int badEnds = 0;

        // The first line costs a thread and descriptors of the console's own.
        Report.Line("contexts", Contexts);
        for (int i = 0; i < Contexts; i++)
        {
            if (i == WarmUp)
            {
                Measure("early");
            }

            // Every fifth has seen a message first, so that it has a deputy.
            badEnds += RunOne(paths, modes[i % modes.Length], hasMessage: i % 5 == 0);
        }

        Measure("late");
        Report.Line("bad ends", badEnds);
    }

    /// <summary>Returns how many reads did not end with ObjectDisposedException.</summary>
    private static int RunOne(string[] paths, ContinuationMode mode, bool hasMessage)
    {
        UringContext context = new(new UringOptions { Continuations = mode });
        var readers = new UringPipeStream[paths.Length];
        var reads = new Task<int>[paths.Length];
        for (int i = 0; i < paths.Length; i++)
        {
            readers[i] = NamedPipe.OpenReadAsync(paths[i], new NamedPipeOptions { Context = context }).AsTask().GetAwaiter().GetResult();
            reads[i] = readers[i].ReadAsync(new byte[8]).AsTask();
        }

        if (hasMessage)
        {
            File.WriteAllBytes(paths[0], [1]);
            reads[0].GetAwaiter().GetResult();
            reads[0] = readers[1].ReadAsync(new byte[8]).AsTask();
        }

        context.Dispose();
        Task.WaitAny([Task.WhenAll(reads)], TimeSpan.FromSeconds(30));
        Array.ForEach(readers, static reader => reader.Dispose());
        return reads.Count(static read => !read.IsFaulted || read.Exception.InnerException is not ObjectDisposedException);
    }

    private static void Measure(string when)
    {
        // Threads end a moment after the context has.
        long started = Stopwatch.GetTimestamp();
        while (Footprint.PumpThreads != 0 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            Thread.Sleep(1);
        }

        Footprint.Collect();
        Report.Line($"{when} threads", Footprint.Threads);
        Report.Line($"{when} descriptors", Footprint.Descriptors);
        Report.Line($"{when} ring mappings", Footprint.RingMappings);
        Report.Line($"{when} address space in KiB", Footprint.VirtualKiB);
        Report.Line($"{when} resident KiB", Footprint.ResidentKiB);
    }
}
