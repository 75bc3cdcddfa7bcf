namespace UringSharp;

/// <summary>
/// A write was cancelled after a part of it had been written: the other side has those bytes, or will have them. A write that was cancelled before its first byte ends with a
/// plain <see cref="OperationCanceledException"/>.
/// </summary>
public sealed class PipeWriteCanceledException : OperationCanceledException
{
    private const string DefaultMessage = "The write was cancelled after a part of it had been written.";

    /// <summary>Creates it with a message of its own.</summary>
    public PipeWriteCanceledException()
        : base(DefaultMessage)
    {
    }

    /// <summary>Creates it.</summary>
    /// <param name="message">What happened.</param>
    public PipeWriteCanceledException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates it.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why, or null.</param>
    public PipeWriteCanceledException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates it.</summary>
    /// <param name="bytesWritten">Bytes of the buffer that were written, from its start.</param>
    /// <param name="token">The token that was cancelled.</param>
    public PipeWriteCanceledException(int bytesWritten, CancellationToken token)
        : base($"The write was cancelled after {bytesWritten} bytes had been written.", token) => BytesWritten = bytesWritten;

    /// <summary>Bytes of the buffer that were written, from its start: 1 up to its length less 1.</summary>
    public int BytesWritten { get; }
}
