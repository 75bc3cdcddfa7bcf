namespace UringSharp.Cli.Bench;

/// <summary>A line of the benchmark: a piece of work that contenders do in turn.</summary>
internal abstract class Row(string name, Unit unit, Bars bars)
{
    /// <summary>What it is called, on the command line and in JSON.</summary>
    internal string Name => name;

    internal Unit Unit => unit;

    internal Bars Bars => bars;

    /// <summary>Bars for figures that are no ratios.</summary>
    internal IReadOnlyList<Limit> Limits { get; init; } = [];

    /// <summary>What is done, in one line.</summary>
    internal abstract string Description { get; }

    /// <summary>Why UringSharp may not be faster in it than the baseline; null where no reason is known.</summary>
    internal string? WhyNotFaster { get; init; }

    /// <summary>The plan as it suits this row.</summary>
    internal virtual BenchPlan Adapt(BenchPlan plan) => plan;

    /// <summary>Prepares the work and those who do it.</summary>
    /// <exception cref="RowSkippedException">It cannot be done here.</exception>
    internal abstract Contest Open(BenchSession session);
}
