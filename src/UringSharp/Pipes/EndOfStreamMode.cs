namespace UringSharp;

/// <summary>When a stream that reads a named pipe ends.</summary>
public enum EndOfStreamMode
{
    /// <summary>
    /// When all writers have closed: a read answers 0, again and again. <see cref="UringPipeStream.ReopenAsync"/> and
    /// <see cref="UringPipeStream.ReadSessionsAsync"/> go on with the next writers.
    /// </summary>
    WhenWritersLeave,

    /// <summary>
    /// Never: it stays open from one writer to the next, by being open for writing as well where that is permitted. Nothing tells where one writer ends: a line or message that
    /// one leaves unfinished is continued by the next. Where that matters read sessions, see <see cref="UringPipeStream.ReadSessionsAsync"/>.
    /// </summary>
    Never,
}
