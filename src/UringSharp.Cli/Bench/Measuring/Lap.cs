using System.Diagnostics;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Measuring;

/// <summary>What a contender did in one round.</summary>
/// <param name="Operations">Operations.</param>
/// <param name="Bytes">Bytes moved.</param>
/// <param name="Time">From the first operation's begin to the last one's end.</param>
/// <param name="Processor">Processor time of the whole process, user and system, kernel workers included.</param>
/// <param name="Allocated">Bytes allocated on the managed heap by all threads.</param>
/// <param name="Threads">Threads of the process in the middle of the lap, kernel workers and idle ones included.</param>
/// <param name="Latencies">See <see cref="Work"/>.</param>
/// <param name="Findings">What else there is to tell.</param>
internal sealed record Lap(
    long Operations, long Bytes, TimeSpan Time, TimeSpan Processor, long Allocated, int Threads, IReadOnlyList<long> Latencies,
    IReadOnlyList<Finding>? Findings = null)
{
    private const double BytesInMegabyte = 1e6;

    /// <summary>Bytes allocated an operation.</summary>
    internal double AllocatedPerOperation => (double)Allocated / Math.Max(1, Operations);

    /// <summary>
    /// Operations or megabytes a second; microseconds an operation, the median where each was timed by itself and else the mean; or just how many operations there were.
    /// </summary>
    internal double Figure(Unit unit) => unit switch
    {
        Unit.Microseconds => Latencies.Count > 0 && Latencies.Count == Operations
            ? TimeSpan.FromSeconds(RoundSpread.Of(Latencies.Select(static ticks => (double)ticks)).Median / Stopwatch.Frequency).TotalMicroseconds
            : Time.TotalMicroseconds / Operations,
        Unit.WaitingReads => Operations,
        _ => Amount(unit) / Time.TotalSeconds,
    };

    /// <summary>Processor time an operation or a megabyte, in microseconds.</summary>
    internal double ProcessorMicroseconds(Unit unit) => Processor.TotalMicroseconds / Amount(unit);

    private double Amount(Unit unit) => unit == Unit.MegabytesPerSecond ? Bytes / BytesInMegabyte : Operations;
}
