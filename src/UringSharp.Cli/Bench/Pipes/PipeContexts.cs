namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Contexts for rows of pipes.</summary>
internal static class PipeContexts
{
    /// <summary>Longer than a message takes to come back.</summary>
    private static readonly TimeSpan s_busyPoll = TimeSpan.FromMicroseconds(100);

    /// <summary>One whose thread looks out for answers for a while before it sleeps.</summary>
    internal static UringContext BusyPolling() => new(new UringOptions { BusyPoll = s_busyPoll });
}
