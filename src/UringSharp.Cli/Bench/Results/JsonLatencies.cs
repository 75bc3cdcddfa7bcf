using System.Diagnostics;

namespace UringSharp.Cli.Bench.Results;

/// <summary>How long operations took, in microseconds, over all rounds.</summary>
/// <param name="Count">How many were timed.</param>
/// <param name="Lowest">The shortest.</param>
/// <param name="P10">10 % took less.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">90 % took less.</param>
/// <param name="P99">99 %.</param>
/// <param name="P999">99.9 %.</param>
/// <param name="Highest">The longest.</param>
internal sealed record JsonLatencies(int Count, double Lowest, double P10, double P50, double P90, double P99, double P999, double Highest)
{
    /// <summary>What <see cref="Values"/> are.</summary>
    internal static IReadOnlyList<string> Labels { get; } = ["0 %", "10 %", "50 %", "90 %", "99 %", "99.9 %", "100 %"];

    /// <summary>All of them.</summary>
    internal IReadOnlyList<double> Values => [Lowest, P10, P50, P90, P99, P999, Highest];

    /// <param name="ticks">In ticks of <see cref="Stopwatch"/>.</param>
    internal static JsonLatencies? Of(IEnumerable<long> ticks)
    {
        long[] sorted = [.. ticks.Order()];
        return sorted.Length == 0
            ? null
            : new JsonLatencies(sorted.Length, At(0), At(0.1), At(0.5), At(0.9), At(0.99), At(0.999), At(1));

        double At(double share) => Math.Round(sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * share)] * 1e6 / Stopwatch.Frequency, 2);
    }
}
