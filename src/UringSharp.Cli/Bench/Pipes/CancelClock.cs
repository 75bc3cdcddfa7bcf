using System.Diagnostics;
using System.Runtime.CompilerServices;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Cancels one waiting read after another, and takes the time of each.</summary>
internal sealed class CancelClock : IContender, IDisposable
{
    private const int ExpectedLatencies = 1 << 16;

    /// <summary>So long the ring's thread may take to go to sleep, which is how it is found where nothing happens.</summary>
    private static readonly long s_untilAsleep = Stopwatch.Frequency / 20_000;

    private readonly UringContext _context;
    private readonly UringPipeStream _pipe;
    private readonly byte[] _buffer = new byte[64];
    private readonly ManualResetEventSlim _ended = new();
    private readonly Action _end;
    private readonly long _idle;
    private long _endedAt;

    internal CancelClock(string name, UringContext context, UringPipeStream pipe)
    {
        Name = name;
        _context = context;
        _pipe = pipe;
        _end = End;
        _idle = context.GetStatistics().InFlight;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        List<long> latencies = new(ExpectedLatencies);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < length)
        {
            latencies.Add(Measure());
        }

        TimeSpan time = Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return new Lap(
            latencies.Count, 0, time, processor, allocated, ThreadCensus.Take().Threads, latencies, [new Finding("reads cancelled in a round:", string.Empty, latencies.Count)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();

    private long Measure()
    {
        using CancellationTokenSource source = new();
        _ended.Reset();
#pragma warning disable CA2012 // What await does, to see when it would go on.
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read = _pipe.ReadAsync(_buffer, source.Token).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        read.UnsafeOnCompleted(_end);
        while (_context.GetStatistics().InFlight <= _idle)
        {
            Thread.SpinWait(1);
        }

        for (long since = Stopwatch.GetTimestamp(); Stopwatch.GetTimestamp() - since < s_untilAsleep;)
        {
            Thread.SpinWait(1);
        }

        long cancelled = Stopwatch.GetTimestamp();
        source.Cancel();
        _ended.Wait();
        try
        {
            read.GetResult();
            throw new IOException("A read that nobody has written for was answered.");
        }
        catch (OperationCanceledException)
        {
            return _endedAt - cancelled;
        }
    }

    private void End()
    {
        _endedAt = Stopwatch.GetTimestamp();
        _ended.Set();
    }
}
