using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Page;

/// <summary>What the page carries for its script, and for whoever wants the figures.</summary>
/// <param name="Charts">The charts, in the order of their places.</param>
/// <param name="Rows">The results.</param>
internal sealed record PageData(IReadOnlyList<PageChart> Charts, IReadOnlyList<JsonRow> Rows);
