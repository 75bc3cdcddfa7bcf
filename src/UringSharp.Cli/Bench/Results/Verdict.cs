namespace UringSharp.Cli.Bench.Results;

/// <summary>What became of a bar.</summary>
internal enum Verdict
{
    Missed,
    Met,

    /// <summary>The ceiling itself is below the bar, and <see cref="Bars.ShareOfCeiling"/> of the ceiling was reached.</summary>
    MetAsShareOfCeiling,
}
