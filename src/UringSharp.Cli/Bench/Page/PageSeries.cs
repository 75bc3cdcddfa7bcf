namespace UringSharp.Cli.Bench.Page;

/// <summary>A line of a chart, or its columns of one colour.</summary>
/// <param name="Name">Who or what it is.</param>
/// <param name="Style">Which colour and mark: one of the constants, the same contender in all charts.</param>
/// <param name="Values">One for each label; null where there is none.</param>
/// <param name="Lowest">The lowest over the rounds, likewise; empty where there are none.</param>
/// <param name="Highest">The highest.</param>
internal sealed record PageSeries(
    string Name, string Style, IReadOnlyList<double?> Values, IReadOnlyList<double?> Lowest, IReadOnlyList<double?> Highest)
{
    /// <summary>UringSharp.</summary>
    internal const string Ours = "ours";

    /// <summary>FileStream.</summary>
    internal const string FileStream = "filestream";

    /// <summary>What else .NET has.</summary>
    internal const string Other = "other";

    /// <summary>Plain C.</summary>
    internal const string Ceiling = "ceiling";
}
