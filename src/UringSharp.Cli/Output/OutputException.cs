namespace UringSharp.Cli.Output;

/// <summary>Standard output takes no more.</summary>
internal sealed class OutputException(int errno) : Exception
{
    /// <summary>Why: an errno of write(2).</summary>
    internal int Errno { get; } = errno;
}
