using Microsoft.Win32.SafeHandles;
using UringSharp.Engine.Operations;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// Something poll(2) can wait for: a FIFO, a pipe, a terminal, a character device. The descriptor is ours alone and in
/// non-blocking mode. One read at a time is before the kernel, and one write; further ones wait for it in order.
/// </summary>
internal sealed class PipeHandle : IoHandle
{
    private int _outstandingReads;
    private int _outstandingWrites;
    private readonly bool _endIsFinal;
    private bool _peerSeen;
    private bool _hasEnded;

    internal PipeHandle(SafeFileHandle safeHandle, string? path, CompletionPump pump, bool peerSeen, bool endIsFinal)
        : base(safeHandle, ownsHandle: true, path, typeof(UringPipeStream), pump)
    {
        _peerSeen = peerSeen;
        _endIsFinal = endIsFinal;
    }

    /// <summary>
    /// Whether the end was reported and is to be reported again, although a new writer may have come: what it writes belongs to whoever opens the pipe
    /// next. A terminal's end (Ctrl-D) is not final.
    /// </summary>
    internal bool HasEnded => Volatile.Read(ref _hasEnded);

    /// <summary>
    /// Whether the other side has been seen since the descriptor was opened. Before that, read(2) answers 0 although nothing has ended
    /// (kernel fact F2).
    /// </summary>
    internal bool PeerSeen => Volatile.Read(ref _peerSeen);

    /// <summary>The read before the kernel. The leader's.</summary>
    internal PipeReadOperation? ActiveRead { get; set; }

    /// <summary>Reads behind it, oldest first. The leader's.</summary>
    internal OperationList<WaitingNeighbours> WaitingReads { get; } = new();

    /// <summary>The write before the kernel. The leader's.</summary>
    internal PipeWriteOperation? ActiveWrite { get; set; }

    /// <summary>Writes behind it, oldest first. The leader's.</summary>
    internal OperationList<WaitingNeighbours> WaitingWrites { get; } = new();

    /// <summary>Announces a write. True when it is the only one, so that it may be tried on the caller's thread.</summary>
    internal bool BeginWrite() => Interlocked.Increment(ref _outstandingWrites) == 1;

    /// <summary>The announced write has its answer.</summary>
    internal void EndWrite() => Interlocked.Decrement(ref _outstandingWrites);

    /// <summary>Announces a read. True when it is the only one, so that it may be tried on the caller's thread.</summary>
    internal bool BeginRead() => Interlocked.Increment(ref _outstandingReads) == 1;

    /// <summary>The announced read has its answer.</summary>
    internal void EndRead() => Interlocked.Decrement(ref _outstandingReads);

    /// <summary>Poll has fired: data or the end of it, the other side has been there.</summary>
    internal void SeePeer() => Volatile.Write(ref _peerSeen, true);

    /// <summary>read(2), at most <see cref="FileHandle.MaxInlineCopy"/> bytes of it: bytes, 0 at the end, or -errno; -EAGAIN where there is nothing to be had now.</summary>
    internal unsafe int Read(Span<byte> buffer)
    {
        if (HasEnded || !PeerSeen)
        {
            return HasEnded ? 0 : -Errno.EAGAIN;
        }

        Span<byte> part = buffer[..Math.Min(buffer.Length, FileHandle.MaxInlineCopy)];

        // SAFETY: the memory is pinned and the descriptor referenced by the caller until the call returns.
        fixed (byte* pointer = part)
        {
            int result = NativeMethods.Read(Descriptor, pointer, (uint)part.Length);
            if (result == 0 && _endIsFinal)
            {
                Volatile.Write(ref _hasEnded, true);
            }

            return result;
        }
    }
    /// <summary>write(2), at most <see cref="FileHandle.MaxInlineCopy"/> bytes of it: bytes, or -errno; -EAGAIN where there is no room now.</summary>
    internal unsafe int Write(ReadOnlySpan<byte> buffer)
    {
        ReadOnlySpan<byte> part = buffer[..Math.Min(buffer.Length, FileHandle.MaxInlineCopy)];

        // SAFETY: the memory is pinned and the descriptor referenced by the caller until the call returns.
        fixed (byte* pointer = part)
        {
            return NativeMethods.Write(Descriptor, pointer, (uint)part.Length);
        }
    }
}
