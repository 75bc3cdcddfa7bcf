namespace UringSharp.Cli.Bench.Measuring;

/// <summary>What a contender did in one round.</summary>
/// <param name="Operations">Operations.</param>
/// <param name="Bytes">Bytes moved.</param>
/// <param name="Time">From the first operation's begin to the last one's end.</param>
/// <param name="Processor">Processor time of the whole process, user and system, kernel workers included.</param>
/// <param name="Allocated">Bytes allocated on the managed heap by all threads.</param>
/// <param name="Threads">Threads of the process in the middle of the lap, kernel workers and idle ones included.</param>
/// <param name="Latencies">See <see cref="Work"/>.</param>
internal sealed record Lap(long Operations, long Bytes, TimeSpan Time, TimeSpan Processor, long Allocated, int Threads, IReadOnlyList<long> Latencies)
{
    private const double BytesInMegabyte = 1e6;

    /// <summary>Bytes allocated an operation.</summary>
    internal double AllocatedPerOperation => (double)Allocated / Math.Max(1, Operations);

    /// <summary>Operations or megabytes a second.</summary>
    internal double Rate(Unit unit) => Amount(unit) / Time.TotalSeconds;

    /// <summary>Processor time an operation or a megabyte, in microseconds.</summary>
    internal double ProcessorMicroseconds(Unit unit) => Processor.TotalMicroseconds / Amount(unit);

    private double Amount(Unit unit) => unit == Unit.OperationsPerSecond ? Operations : Bytes / BytesInMegabyte;
}
