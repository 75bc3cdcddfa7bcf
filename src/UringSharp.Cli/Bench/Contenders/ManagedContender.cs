using System.Diagnostics;
using System.Globalization;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>A contender in this process.</summary>
/// <param name="name">What it is called.</param>
/// <param name="start">Starts its loops, each of which begins when it has passed the clock's gate.</param>
/// <param name="prepare">See <see cref="Prepare"/>.</param>
internal sealed class ManagedContender(string name, Func<LapClock, IEnumerable<Task<Work>>> start, Action? prepare = null) : IContender
{
    private const int ThreadsColumn = 17; // of /proc/self/stat, counted from behind the name
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_untilAsleep = TimeSpan.FromMilliseconds(2);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public void Prepare() => prepare?.Invoke();

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        LapClock clock = new(length, cancellationToken);
        Task<Work>[] loops = [.. start(clock)];
        _ = Waiting.Holds(() => clock.Arrived >= loops.Length || Array.Exists(loops, static loop => loop.IsCompleted), s_limit, cancellationToken);
        Thread.Sleep(s_untilAsleep);

        Task all = Task.WhenAll(loops);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long own = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long began = clock.Open();
        int threads = Waiting.Ends(all, length / 2, CancellationToken.None) ? 0 : CountThreads();
        if (!Waiting.Ends(all, s_limit, CancellationToken.None))
        {
            throw new TimeoutException($"{name} has not come to its end.");
        }

        TimeSpan time = Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;
        own = GC.GetAllocatedBytesForCurrentThread() - own;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated - own;
        Work[] work = all.IsCompletedSuccessfully ? Array.ConvertAll(loops, static loop => loop.Result) : throw Failure(all, cancellationToken);
        return new Lap(
            work.Sum(static one => one.Operations), work.Sum(static one => one.Bytes), time, processor, Math.Max(0, allocated), threads,
            [.. work.SelectMany(static one => one.Latencies ?? [])]);
    }

    private static Exception Failure(Task all, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested || all.Exception is null
            ? new OperationCanceledException(cancellationToken)
            : all.Exception.InnerExceptions[0];

    /// <summary>From /proc/self/stat: one short read, since it is part of what is measured.</summary>
    private static int CountThreads()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[ThreadsColumn], CultureInfo.InvariantCulture);
    }
}
