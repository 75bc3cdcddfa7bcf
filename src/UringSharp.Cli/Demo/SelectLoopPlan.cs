namespace UringSharp.Cli.Demo;

/// <summary>What is to be measured.</summary>
internal sealed record SelectLoopPlan(string Fifo, int Rounds, TimeSpan Limit, TimeSpan Grace);
