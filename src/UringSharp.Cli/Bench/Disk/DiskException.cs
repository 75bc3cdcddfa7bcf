namespace UringSharp.Cli.Bench.Disk;

/// <summary>A disk cannot be measured; the message says what and why.</summary>
internal sealed class DiskException(string message) : Exception(message);
