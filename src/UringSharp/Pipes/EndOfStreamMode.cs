namespace UringSharp;

/// <summary>When a stream that reads a named pipe ends.</summary>
public enum EndOfStreamMode
{
    /// <summary>
    /// When all writers have closed: a read answers 0, again and again. <see cref="UringPipeStream.ReopenAsync"/> and
    /// <see cref="UringPipeStream.ReadSessionsAsync"/> go on with the next writers.
    /// </summary>
    WhenWritersLeave,

    /// <summary>Never: it stays open from one writer to the next.</summary>
    Never,
}
