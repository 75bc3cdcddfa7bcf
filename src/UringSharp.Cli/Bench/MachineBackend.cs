namespace UringSharp.Cli.Bench;

/// <summary>What UringSharp is measured with, in a word.</summary>
internal static class MachineBackend
{
    /// <summary>The kernel's rings.</summary>
    internal const string Uring = "io_uring";

    /// <summary>What takes their place.</summary>
    internal const string Portable = "portable";

    /// <summary>What contexts use here.</summary>
    internal static string Current => UringContext.Default.GetStatistics().Backend == UringBackend.Portable ? Portable : Uring;
}
