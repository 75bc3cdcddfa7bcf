namespace UringSharp.Cli.Bench.Pipes;

/// <summary>What a contender that has a process of its own is told at its start.</summary>
/// <param name="Row">The row.</param>
/// <param name="Contender">The contender's name in it.</param>
/// <param name="Folder">Where it makes its pipes; nobody else does there.</param>
/// <param name="Pipes">How many are very many.</param>
internal sealed record ContenderPlan(string Row, string Contender, string Folder, int Pipes);
