namespace UringSharp.Cli.Bench.Measuring;

/// <summary>What a loop has done.</summary>
/// <param name="Operations">Operations that count.</param>
/// <param name="Bytes">Bytes moved by them.</param>
/// <param name="Latencies">How long operations took that were timed by themselves, in ticks of <see cref="System.Diagnostics.Stopwatch"/>: each of a loop that watches, some of round trips; null in all others.</param>
internal readonly record struct Work(long Operations, long Bytes, IReadOnlyList<long>? Latencies = null);
