namespace UringSharp.Cli.Bench;

/// <summary>What a row must reach, as ratios to the baseline.</summary>
/// <param name="Rate">The least ratio of operations or bytes a second.</param>
/// <param name="Processor">The highest ratio of processor time an operation.</param>
/// <param name="CeilingRate">The least ratio of operations a second to the ceiling's, where the row has such a bar.</param>
/// <param name="CeilingProcessor">The highest ratio of processor time an operation to the ceiling's, likewise.</param>
internal sealed record Bars(double Rate, double Processor, double? CeilingRate = null, double? CeilingProcessor = null)
{
    /// <summary>What of the ceiling meets a bar that the ceiling itself does not reach.</summary>
    internal const double ShareOfCeiling = 0.95;

    /// <summary>Whether "as fast as the baseline" is what is asked: such a row shows the baseline against itself.</summary>
    internal bool AskForParity => Rate is >= 0.9 and <= 1.1;
}
