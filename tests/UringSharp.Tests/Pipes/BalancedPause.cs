namespace UringSharp.Tests.Pipes;

/// <summary>
/// A random pause before the second of two racing actions, which finds by itself the length at which either wins about as often, whatever the machine and
/// its load.
/// </summary>
internal sealed class BalancedPause(Random random)
{
    private const double Shortest = 0.3;
    private const double Longest = 2_000;
    private const double Step = 1.02;

    private double _microseconds = 10;

    /// <summary>Spends the pause without giving the processor away.</summary>
    public void Spend() => PipeFixture.Spin(_microseconds * random.NextDouble() * 2);

    /// <summary>Learns who won.</summary>
    public void Learn(bool secondWon) =>
        _microseconds = Math.Clamp(secondWon ? _microseconds * Step : _microseconds / Step, Shortest, Longest);
}
