using System.Diagnostics;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Reads of FileStream that wait: as many as have got a thread.</summary>
internal sealed class FileStreamIdlePipes(string name, PipeSite site) : IContender
{
    /// <summary>How long the pool has to find threads.</summary>
    internal static readonly TimeSpan Time = TimeSpan.FromSeconds(4);

    private const int BufferSize = 16;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        // For writing as well: open(2) for reading alone waits for a writer.
        FileStream[] pipes = Array.ConvertAll(site.MakePipes(site.Pipes), static path => PipeEnds.OpenFileStream(path, FileAccess.ReadWrite));
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        Task<int>[] reads = Array.ConvertAll(pipes, static pipe => pipe.ReadAsync(new byte[BufferSize], CancellationToken.None).AsTask());
        Thread.Sleep(Time);
        long waiting = reads.Length - ThreadPool.PendingWorkItemCount;
        TimeSpan time = Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;

        // The threads that hang in read(2) end with the process.
        return new Lap(waiting, 0, time, processor, 0, ThreadCensus.Take().Threads, [], [new Finding("reads that have got no thread", string.Empty, reads.Length - waiting)]);
    }
}
