namespace UringSharp.Cli;

/// <summary>What the tool tells the shell, by the shell's own conventions.</summary>
internal static class ExitCode
{
    internal const int Success = 0;
    internal const int Failure = 1;
    internal const int Usage = 2;

    /// <summary>As timeout(1) of coreutils.</summary>
    internal const int TimedOut = 124;

    /// <summary>128 + SIGHUP.</summary>
    internal const int HungUp = 129;

    /// <summary>128 + SIGINT.</summary>
    internal const int Interrupted = 130;

    /// <summary>128 + SIGPIPE: what a shell reports of a cat whose reader has left.</summary>
    internal const int BrokenPipe = 141;

    /// <summary>128 + SIGTERM.</summary>
    internal const int Terminated = 143;
}
