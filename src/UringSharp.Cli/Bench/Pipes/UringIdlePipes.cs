using System.Diagnostics;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Reads of UringSharp that wait, and what they cost.</summary>
internal sealed class UringIdlePipes(string name, PipeSite site) : IContender
{
    /// <summary>A finding: threads that are not the ring's.</summary>
    internal const string OtherThreads = "other threads than the ring's";

    /// <summary>A finding: the managed heap of each pipe and its read.</summary>
    internal const string Heap = "heap of each";

    /// <summary>A finding: the memory of each.</summary>
    internal const string Resident = "resident memory of each";

    private const string PartOfPipe = "of that the pipe";
    private const string PartOfRead = "its read";
    private const int BufferSize = 16;
    private const int WarmUpPipes = 64;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        using UringContext context = new();
        var start = MemoryUse.Take();
        string[] paths = site.MakePipes(site.Pipes);
        var withPaths = MemoryUse.Take();
        byte[][] buffers = Array.ConvertAll(paths, static _ => new byte[BufferSize]);
        var withBuffers = MemoryUse.Take();
        ValueTask<int> Read(UringPipeStream pipe, int index) => pipe.ReadAsync(buffers[index], CancellationToken.None);

        // The compiler, the pool and the ring shall have what they keep.
        ThreadCensus.WarmUp();
        _ = Measure(context, paths[..Math.Min(WarmUpPipes, paths.Length)], Read);

        Cost cost = Measure(context, paths, Read);
        return new Lap(
            paths.Length, 0, cost.Time, cost.Processor, (long)(cost.Heap * paths.Length), cost.Threads.Threads + cost.Threads.KernelWorkers, [],
            [
                new Finding(OtherThreads, string.Empty, cost.OtherThreads),
                new Finding("threads of the ring", string.Empty, cost.Threads.PumpThreads),
                new Finding("kernel workers", string.Empty, cost.Threads.KernelWorkers),
                new Finding(Heap, "B", cost.Heap),
                new Finding(PartOfPipe, "B", cost.PipeHeap),
                new Finding(PartOfRead, "B", cost.Heap - cost.PipeHeap),
                new Finding(Resident, "B", cost.Resident),
                new Finding("beside that, the caller's own: path", "B", MemoryUse.Each(start, withPaths, paths.Length).Heap),
                new Finding("buffer", "B", MemoryUse.Each(withPaths, withBuffers, paths.Length).Heap),
                new Finding("task, where one is asked for,", "B", cost.TaskHeap),
            ]);
    }

    /// <summary>Opens pipes, lets a read wait on each, measures, and closes them.</summary>
    private static Cost Measure<T>(UringContext context, string[] paths, Func<UringPipeStream, int, ValueTask<T>> read)
    {
        var pipes = new UringPipeStream[paths.Length];
        var reads = new ValueTask<T>[paths.Length];
        var before = MemoryUse.Take();
        var threadsBefore = ThreadCensus.Take();
        long idle = context.GetStatistics().InFlight;
        (TimeSpan time, TimeSpan processor) = Time(() =>
        {
            for (int i = 0; i < paths.Length; i++)
            {
                pipes[i] = PipeEnds.OpenReader(context, paths[i]);
            }
        });
        var opened = MemoryUse.Take();
        (TimeSpan readTime, TimeSpan readProcessor) = Time(() =>
        {
            for (int i = 0; i < paths.Length; i++)
            {
#pragma warning disable CA2012 // Each is consumed once, below.
                reads[i] = read(pipes[i], i);
#pragma warning restore CA2012
            }

            if (!Waiting.Holds(() => context.GetStatistics().InFlight >= idle + paths.Length, s_limit, CancellationToken.None))
            {
                throw new TimeoutException($"Only {Figures.Count(context.GetStatistics().InFlight - idle)} reads are waiting.");
            }
        });
        var waiting = MemoryUse.Take();
        var threads = ThreadCensus.Take();
        Task[] tasks = Array.ConvertAll(reads, static read => (Task)read.AsTask());
        var withTasks = MemoryUse.Take();
        Array.ForEach(pipes, static pipe => pipe.Dispose());
        _ = Waiting.Ends(Task.WhenAll(tasks), s_limit, CancellationToken.None);

        (double heap, double resident) = MemoryUse.Each(before, waiting, paths.Length);
        return new Cost(
            time + readTime, processor + readProcessor, threads, Math.Max(0, threads.OtherThreads - threadsBefore.OtherThreads), heap, resident,
            MemoryUse.Each(before, opened, paths.Length).Heap, MemoryUse.Each(waiting, withTasks, paths.Length).Heap);
    }

    private static (TimeSpan Time, TimeSpan Processor) Time(Action action)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        action();
        return (Stopwatch.GetElapsedTime(began), Environment.CpuUsage.TotalTime - processor);
    }

    /// <summary>What the pipes and their reads cost: memory each, threads all together.</summary>
    private sealed record Cost(
        TimeSpan Time, TimeSpan Processor, ThreadCensus Threads, int OtherThreads, double Heap, double Resident, double PipeHeap, double TaskHeap);
}
