namespace UringSharp.Cli.Bench;

/// <summary>Units, in words.</summary>
internal static class Units
{
    internal static string Name(this Unit unit) => unit == Unit.OperationsPerSecond ? "ops/s" : "MB/s";
}
