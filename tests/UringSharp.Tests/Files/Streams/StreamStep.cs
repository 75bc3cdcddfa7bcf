namespace UringSharp.Tests.Files.Streams;

/// <summary>What is done to a stream.</summary>
internal enum StreamAction
{
    Read,
    ReadAsync,
    ReadArrayAsync,
    BeginRead,
    ReadByte,
    Write,
    WriteAsync,
    WriteArrayAsync,
    BeginWrite,
    WriteByte,
    CancelledReadAsync,
    CancelledWriteAsync,
    Seek,
    SetPosition,
    SetLength,
    Flush,
    FlushAsync,
    FlushToDisk,
    CopyTo,
    CopyToAsync,
    Expose,
    Outsider,
    Dispose,
    DisposeAsync,
}

/// <summary>One step of a random sequence.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Size">Bytes, where it takes some.</param>
/// <param name="Offset">Where to, where it goes somewhere.</param>
/// <param name="Origin">From where.</param>
internal sealed record StreamStep(StreamAction Action, int Size, long Offset, SeekOrigin Origin)
{
    public override string ToString() => Action switch
    {
        StreamAction.Seek => $"Seek({Offset}, {Origin})",
        StreamAction.SetPosition or StreamAction.SetLength or StreamAction.Outsider => $"{Action}({Offset})",
        _ => $"{Action}({Size})",
    };
}
