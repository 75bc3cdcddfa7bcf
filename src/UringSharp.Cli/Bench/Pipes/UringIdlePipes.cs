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
        WarmUp(context, paths);

        var pipes = new UringPipeStream[paths.Length];
        var reads = new ValueTask<int>[paths.Length];
        var before = MemoryUse.Take();
        var threadsBefore = ThreadCensus.Take();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < paths.Length; i++)
        {
            pipes[i] = PipeEnds.OpenReader(context, paths[i]);
        }

        TimeSpan time = Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;
        var opened = MemoryUse.Take();
        processor = Environment.CpuUsage.TotalTime - processor;
        began = Stopwatch.GetTimestamp();
        for (int i = 0; i < paths.Length; i++)
        {
#pragma warning disable CA2012 // Each is consumed once, below.
            reads[i] = pipes[i].ReadAsync(buffers[i], CancellationToken.None);
#pragma warning restore CA2012
        }

        if (!Waiting.Holds(() => context.GetStatistics().InFlight >= paths.Length, s_limit, cancellationToken))
        {
            throw new TimeoutException($"Only {Figures.Count(context.GetStatistics().InFlight)} reads are waiting.");
        }

        time += Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;
        var after = MemoryUse.Take();
        var threads = ThreadCensus.Take();
        (double heap, double resident) = MemoryUse.Each(before, after, paths.Length);
        Task<int>[] tasks = Array.ConvertAll(reads, static read => read.AsTask());
        var withTasks = MemoryUse.Take();
        Lap lap = new(
            paths.Length, 0, time, processor, after.Heap - before.Heap, threads.Threads + threads.KernelWorkers, [],
            [
                new Finding(OtherThreads, string.Empty, Math.Max(0, threads.OtherThreads - threadsBefore.OtherThreads)),
                new Finding("threads of the ring", string.Empty, threads.PumpThreads),
                new Finding("kernel workers", string.Empty, threads.KernelWorkers),
                new Finding(Heap, "B", heap),
                new Finding(PartOfPipe, "B", MemoryUse.Each(before, opened, paths.Length).Heap),
                new Finding(PartOfRead, "B", MemoryUse.Each(opened, after, paths.Length).Heap),
                new Finding(Resident, "B", resident),
                new Finding("beside that, the caller's own: path", "B", MemoryUse.Each(start, withPaths, paths.Length).Heap),
                new Finding("buffer", "B", MemoryUse.Each(withPaths, withBuffers, paths.Length).Heap),
                new Finding("task, where one is asked for,", "B", MemoryUse.Each(after, withTasks, paths.Length).Heap),
            ]);
        Array.ForEach(pipes, static pipe => pipe.Dispose());
        GC.KeepAlive(buffers);
        GC.KeepAlive(tasks);
        return lap;
    }

    /// <summary>The compiler, the pool and the ring shall have what they keep.</summary>
    private static void WarmUp(UringContext context, string[] paths)
    {
        ThreadCensus.WarmUp();
        foreach (string path in paths.Take(WarmUpPipes))
        {
            using UringPipeStream pipe = PipeEnds.OpenReader(context, path);
            using CancellationTokenSource source = new();
            Task<int> read = pipe.ReadAsync(new byte[BufferSize], source.Token).AsTask();
            source.Cancel();
            _ = Waiting.Ends(read, s_limit, CancellationToken.None);
        }
    }
}
