namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Contexts for rows of pipes.</summary>
internal static class PipeContexts
{
    /// <summary>One whose thread looks out for answers for a while before it sleeps.</summary>
    internal static UringContext BusyPolling() => new();
}
