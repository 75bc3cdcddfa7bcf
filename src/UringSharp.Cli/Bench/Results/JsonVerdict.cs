namespace UringSharp.Cli.Bench.Results;

/// <summary>A bar, and what became of it.</summary>
/// <param name="Subject">What was to be reached.</param>
/// <param name="Reached">What was.</param>
/// <param name="Bar">The bar with its sign.</param>
/// <param name="Verdict">In words.</param>
/// <param name="IsMet">Whether it was not missed.</param>
internal sealed record JsonVerdict(string Subject, string Reached, string Bar, string Verdict, bool IsMet);
