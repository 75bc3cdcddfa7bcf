namespace UringSharp.Cli.Bench.Measuring;

/// <summary>What a lap has found out beyond the figures that every lap has.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">In what it is counted; empty for a plain number.</param>
/// <param name="Value">How much.</param>
internal sealed record Finding(string Name, string Unit, double Value);
