namespace UringSharp.Cli.Bench.Results;

/// <summary>A row that was not measured.</summary>
/// <param name="Name">The row.</param>
/// <param name="Reason">Why.</param>
internal sealed record JsonSkip(string Name, string Reason);
