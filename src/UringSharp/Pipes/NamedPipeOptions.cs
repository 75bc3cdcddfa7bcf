namespace UringSharp;

/// <summary>How a named pipe is opened.</summary>
public sealed class NamedPipeOptions
{
    /// <summary>The context the pipe belongs to; null for <see cref="UringContext.Default"/>.</summary>
    public UringContext? Context { get; set; }
}
