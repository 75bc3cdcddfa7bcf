using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench;

/// <summary>A bar for a figure of ours that is not a ratio.</summary>
/// <param name="Name">What the figure is.</param>
/// <param name="Unit">In what it is counted; empty for a plain number.</param>
/// <param name="Bar">What it must not pass.</param>
/// <param name="IsLeast">Whether it must not be below the bar; else it must not be above.</param>
/// <param name="Figure">The figure.</param>
internal sealed record Limit(string Name, string Unit, double Bar, bool IsLeast, Func<RowResult, double> Figure)
{
    /// <summary>A figure that must not be above the bar.</summary>
    internal static Limit AtMost(string name, string unit, double bar, Func<RowResult, double> figure) => new(name, unit, bar, IsLeast: false, figure);

    /// <summary>A figure that must not be below the bar.</summary>
    internal static Limit AtLeast(string name, string unit, double bar, Func<RowResult, double> figure) => new(name, unit, bar, IsLeast: true, figure);

    /// <summary>What our laps have found must not be above the bar, in none of them.</summary>
    internal static Limit OfFinding(string name, string unit, double bar) =>
        AtMost(name, unit, bar, result => RowResult.Finding(result.Ours, name) is { } finding ? finding.Highest : double.PositiveInfinity);

    /// <summary>The sign before the bar.</summary>
    internal string Sign => IsLeast ? "≥" : "≤";

    /// <summary>The bar and its unit.</summary>
    internal string BarText => $"{Figures.Amount(Bar)} {Unit}".TrimEnd();

    /// <summary>Whether the figure keeps to it.</summary>
    internal Verdict Judge(RowResult result)
    {
        double figure = Figure(result);
        return (IsLeast ? figure >= Bar : figure <= Bar) ? Verdict.Met : Verdict.Missed;
    }

    /// <summary>The bar in words.</summary>
    internal string Describe() => $"{Name} {Sign} {BarText}";
}
