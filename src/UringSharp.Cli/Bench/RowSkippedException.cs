namespace UringSharp.Cli.Bench;

/// <summary>A row cannot be measured here; the message says why.</summary>
internal sealed class RowSkippedException(string reason) : Exception(reason);
