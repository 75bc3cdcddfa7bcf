namespace UringSharp;

/// <summary>What <see cref="UringPipeStream.TryReadAsync"/> answers: bytes, the end, or that the token was cancelled.</summary>
public readonly record struct PipeReadResult
{
    internal PipeReadResult(int bytes) => Bytes = bytes;

    /// <summary>Bytes read; 0 at the end, for an empty buffer, and where the read was cancelled.</summary>
    public int Bytes { get; private init; }

    /// <summary>Whether the token was cancelled; nothing was read then.</summary>
    public bool IsCanceled { get; private init; }

    internal static PipeReadResult Canceled => new() { IsCanceled = true };
}
