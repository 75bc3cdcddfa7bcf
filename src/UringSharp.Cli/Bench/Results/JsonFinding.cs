namespace UringSharp.Cli.Bench.Results;

/// <summary>See <see cref="Measuring.Finding"/>.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">In what it is counted; empty for a plain number.</param>
/// <param name="Value">How much, over the rounds.</param>
internal sealed record JsonFinding(string Name, string Unit, JsonSpread Value);
