namespace UringSharp.Samples.Web;

/// <summary>What /stats tells.</summary>
/// <param name="Files">By what files are read.</param>
/// <param name="Rings">Figures of the context.</param>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Descriptors">Descriptors of the process; the one it counts with is among them.</param>
/// <param name="Tails">Clients that follow a pipe.</param>
/// <param name="Broadcasts">Pipes that are read for many clients.</param>
/// <param name="Lines">Lines consumed of each pipe, by its name.</param>
internal sealed record StatisticsReport(
    string Files, UringStatistics Rings, int Threads, int Descriptors, int Tails, int Broadcasts, IReadOnlyDictionary<string, long> Lines);
