using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Tests.Cli.Bench;

/// <summary>A contender with figures of its own choice, one lap after another; the last stays.</summary>
internal sealed class FakeContender(string name, ICollection<string> calls, params Lap[] laps) : IContender
{
    private int _next;

    public string Name => name;

    /// <summary>So many operations of 10 bytes in a second, at so many microseconds of processor time each.</summary>
    public static Lap Lap(long operations, double processorMicroseconds = 1, long allocated = 0) => new(
        operations, operations * 10, TimeSpan.FromSeconds(1), TimeSpan.FromMicroseconds(operations * processorMicroseconds), allocated, 1, []);

    public void Prepare() => calls.Add($"prepare {name}");

    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        calls.Add(name);
        return laps[Math.Min(_next++, laps.Length - 1)];
    }
}
