namespace UringSharp.Cli.Demo;

/// <summary>Reads of 4 KiB at random, and what UringSharp must reach against RandomAccess.</summary>
/// <param name="Name">In words.</param>
/// <param name="IsDirect">Past the page cache.</param>
/// <param name="InFlight">Reads at a time.</param>
/// <param name="RateBar">The least ratio of operations a second.</param>
/// <param name="ProcessorBar">The highest ratio of processor time an operation.</param>
internal sealed record Workload(string Name, bool IsDirect, int InFlight, double RateBar, double ProcessorBar)
{
    internal static IReadOnlyList<Workload> All { get; } =
    [
        new("cached, 1 in flight", false, 1, 0.97, 0.7),
        new("O_DIRECT, 1 in flight", true, 1, 1.0, 0.5),
        new("O_DIRECT, 32 in flight", true, 32, 1.7, 0.5),
    ];
}
