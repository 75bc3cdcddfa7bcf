namespace UringSharp.Cli.Bench;

/// <summary>What a row counts.</summary>
internal enum Unit
{
    OperationsPerSecond,
    MegabytesPerSecond,
}
