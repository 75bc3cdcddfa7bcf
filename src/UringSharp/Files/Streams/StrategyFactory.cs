using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Files.Streams;

/// <summary>Which strategy serves what was opened.</summary>
internal static class StrategyFactory
{
    /// <summary>For a path that was opened.</summary>
    internal static FileStreamStrategy Create(OpenedFile opened, FileOpening opening, CompletionPump pump)
    {
        string path = opening.Path;
        if (!opened.HasPositions)
        {
            bool endIsFinal = opened.Info.Type == (uint)NativeFileType.Fifo;
            PipeHandle pipe = new(Descriptor.Duplicate((int)opened.Handle.DangerousGetHandle()), path, pump, peerSeen: false, endIsFinal);
            return new PipeStrategy(pipe, opened.Handle, path, opening.Access, opened.IsLocked, opening.DeletesOnClose);
        }

        FileHandle handle = new(opened.Handle, ownsHandle: true, path, pump, opening.Flags, opened.Info);
        StreamFile file = new(handle, path, opening.Access, opened, opening.DeletesOnClose);
        return Create(file, opening.BufferSize, Math.Max(0, opened.AppendStart));
    }

    /// <summary>For a handle that is open already. FileStream itself checks it and tells what it sees in it.</summary>
    internal static FileStreamStrategy Create(SafeFileHandle handle, FileAccess access, int bufferSize, bool? isAsync, CompletionPump pump)
    {
        // Never disposed nor finalized: it is asked, not used.
        FileStream seen = isAsync is { } wanted
            ? new FileStream(handle, access, Math.Min(bufferSize, 0), wanted)
            : new FileStream(handle, access, Math.Min(bufferSize, 0));
#pragma warning disable CA1816 // It is not this class that is disposed.
        GC.SuppressFinalize(seen);
#pragma warning restore CA1816
        string name = seen.Name;
        NativeFileInfo info = Descriptor.Describe(handle, null);
        if (!seen.CanSeek)
        {
            PipeHandle pipe = BorrowedPipe.Open(handle, access, pump, acceptsFile: false);
            return new PipeStrategy(pipe, handle, name, access, isLocked: false, deleteOnClose: false);
        }

        OpenedFile opened = new(handle, info, HasPositions: true, IsLocked: false, AppendStart: -1);
        FileHandle file = new(handle, ownsHandle: true, null, pump, Descriptor.Flags(handle, null), in info);
        return Create(new StreamFile(file, name, access, opened, deleteOnClose: false), bufferSize, seen.Position);
    }

    private static SeekableStrategy Create(StreamFile file, int bufferSize, long position) =>
        bufferSize > 1 ? new BufferedStrategy(file, bufferSize, position) : new UnbufferedStrategy(file, position);
}
