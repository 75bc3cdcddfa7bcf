using Microsoft.Win32.SafeHandles;
using UringSharp.Engine.Operations;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// Something poll(2) can wait for: a FIFO, a pipe, a terminal, a character device, a socket. One read at a time is before the kernel, and one write; further
/// ones wait for it in order.
/// </summary>
internal sealed class PipeHandle : IoHandle
{
    private const NativeOpenFlags ReopenFlags = NativeOpenFlags.ReadOnly | NativeOpenFlags.Nonblock;
    private const int NoEndOwed = -1;
    private const byte Closing = 1;
    private const byte Closed = 2;

    /// <summary>So many milliseconds an operation is found unawaited before it is cancelled for that. Tests are not as patient.</summary>
    internal static int ForgottenAfter { get; set; } = 60_000;

    private readonly bool _isOfHandle;
    private bool _peerSeen;
    private bool _hasEnded;
    private bool _endIsTold;
    private byte _isClosed;
    private byte _access;
    private int _bytesBeforeEnd = NoEndOwed;
    private bool _isForgotten;
    private PipeLine _reads;
    private PipeLine _writes;

    /// <param name="safeHandle">The descriptor, which is taken out of it and becomes this handle's.</param>
    /// <param name="path">Its path, where known.</param>
    /// <param name="pump">The pump of its operations.</param>
    /// <param name="peerSeen">See <see cref="PeerSeen"/>.</param>
    /// <param name="endIsFinal">Whether an end is the last thing that is read; that of a terminal (Ctrl-D) is not.</param>
    /// <param name="way">How bytes are moved.</param>
    /// <param name="isOfHandle">Whether it serves a <see cref="UringHandle"/>, not a stream.</param>
    internal PipeHandle(
        SafeFileHandle safeHandle, string? path, CompletionPump pump, bool peerSeen, bool endIsFinal, TransferWay way = TransferWay.NonBlocking, bool isOfHandle = false)
        : base((int)safeHandle.DangerousGetHandle(), path, pump)
    {
        // Ten thousand pipes may wait: what one more object would do, the count of the uses does as well.
        safeHandle.SetHandleAsInvalid();
        _isOfHandle = isOfHandle;
        _peerSeen = peerSeen;
        EndIsFinal = endIsFinal;
        Way = way;
    }

    /// <summary>Closes what no owner has been made for.</summary>
    ~PipeHandle()
    {
        if (!IsInUse)
        {
            CloseOnce();
        }
        else
        {
            // A caller is in the middle of a call that refers to it no more.
            GC.ReRegisterForFinalize(this);
        }
    }

    /// <inheritdoc/>
    internal override Type Owner => _isOfHandle ? typeof(UringHandle) : typeof(UringPipeStream);

    /// <summary>How bytes are moved.</summary>
    internal TransferWay Way { get; }

    /// <summary>Whether a write would wait inside the kernel, whatever a poll has said: a terminal that others share.</summary>
    internal bool BlocksWriters { get; init; }

    /// <summary>Whether the end is the last thing that is read.</summary>
    internal bool EndIsFinal { get; }

    /// <summary>What its stream is for. It is kept here because there is room: of ten thousand that wait, each is a word smaller.</summary>
    internal FileAccess Access
    {
        get => (FileAccess)_access;
        set => _access = (byte)value;
    }

    /// <summary>Whether its stream goes on from one writer to the next; kept here as <see cref="Access"/> is.</summary>
    internal bool Reopens { get; set; }

    /// <summary>
    /// Whether the end was reported and is to be reported again, although a new writer may have come: what it writes belongs to whoever opens the pipe
    /// next.
    /// </summary>
    internal bool HasEnded => Volatile.Read(ref _hasEnded);

    /// <summary>
    /// Whether the other side has been seen since the descriptor was opened. Before that, read(2) answers 0 although nothing has ended
    /// (kernel fact F2).
    /// </summary>
    internal bool PeerSeen => Volatile.Read(ref _peerSeen);

    /// <summary>
    /// How many bytes of writers that have left already lie before an end that is owed (kernel fact F8); negative where none is. Whoever has the turn to read looks.
    /// </summary>
    internal int BytesBeforeEnd => _bytesBeforeEnd;

    /// <summary>Whether the next read answers 0 without asking the kernel.</summary>
    internal bool IsAtEnd => HasEnded || _bytesBeforeEnd == 0;

    /// <summary>
    /// Whether polls will tell of the end. Of a FIFO that was opened behind its writers they do not (kernel fact F8); when the kernel has said that somebody may still write,
    /// they do. By whoever has the turn to read.
    /// </summary>
    internal bool IsEndTold => _endIsTold || !EndIsFinal || Way != TransferWay.NonBlocking;

    /// <summary>Whether there is nothing to wait for, although no poll tells: all that writers who have left have written has been read. By whoever has the turn to read.</summary>
    internal bool LooksEnded()
    {
        if (IsEndTold || !PeerSeen || IsAtEnd)
        {
            return IsAtEnd;
        }

        var state = (NativePipeState)NativeMethods.LookAtPipe(Descriptor);
        _endIsTold = state == NativePipeState.Empty;
        return state == NativePipeState.Ended;
    }

    /// <summary>The line of the reads.</summary>
    internal ref PipeLine Reads => ref _reads;

    /// <summary>The line of the writes.</summary>
    internal ref PipeLine Writes => ref _writes;

    /// <summary>Poll has fired: data or the end of it, the other side has been there.</summary>
    internal void SeePeer() => Volatile.Write(ref _peerSeen, true);

    /// <summary>The end has been reported: 0 of a read that was not for 0 bytes.</summary>
    internal void SeeEnd() => OnRead(0);

    /// <summary>Reads what there is; waits without a thread until there is something.</summary>
    internal ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        int result = BeginRead(buffer, reportsCancellation: false, out PipeReadOperation? operation, cancellationToken);
        return operation is not null ? operation.AsTask()
            : result >= 0 ? AnswerOperation.Answer(result)
            : ValueTask.FromException<int>(ErrnoExceptions.Create(-result, Path));
    }

    /// <summary>As <see cref="ReadAsync"/>; a cancellation is an answer.</summary>
    internal ValueTask<PipeReadResult> TryReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return AnswerOperation.Answer(PipeReadResult.Canceled);
        }

        int result = BeginRead(buffer, reportsCancellation: true, out PipeReadOperation? operation, cancellationToken);
        return operation is not null ? operation.AsTryTask()
            : result >= 0 ? AnswerOperation.Answer(new PipeReadResult(result))
            : ValueTask.FromException<PipeReadResult>(ErrnoExceptions.Create(-result, Path));
    }

    /// <summary>Writes all of a buffer; waits without a thread while there is no room.</summary>
    internal ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        Acquire();
        bool hasTurn = _writes.Join();
        int done = 0;
        int result = 0;
        try
        {
            if (buffer.IsEmpty)
            {
                // Nothing to wait for, and nothing that order could matter to.
                result = 0;
            }
            else if (!hasTurn || (result = WriteOnCaller(buffer.Span, ref done)) == -Errno.EAGAIN)
            {
                return PipeWriteOperation.Start(this, buffer, done, hasTurn, cancellationToken);
            }
        }
        catch
        {
            // The caller's memory could not be had.
            Leave(ref _writes, hasTurn);
            Release();
            throw;
        }

        Leave(ref _writes, hasTurn);
        Release();
        return result >= 0 ? AnswerOperation.Answer() : ValueTask.FromException(ErrnoExceptions.Create(-result, Path));
    }

    /// <summary>
    /// Goes on with the next writers of a FIFO that has ended. Blocks as an open does.
    /// </summary>
    /// <returns>0, or -errno; -EBUSY where a read is under way, -EINVAL where it has not ended.</returns>
    internal unsafe int Reopen()
    {
        Acquire();
        bool hasTurn = _reads.Join();
        try
        {
            if (!hasTurn)
            {
                return -Errno.EBUSY;
            }

            if (!HasEnded)
            {
                return -Errno.EINVAL;
            }

            long left;

            // SAFETY: the address is that of a local.
            int result = NativeMethods.ReopenInPlace(Descriptor, (uint)ReopenFlags, &left);
            if (result >= 0)
            {
                // Bytes of writers that have left are an end of their own; else the first poll tells whether somebody has come.
                _bytesBeforeEnd = left > 0 ? (int)left : NoEndOwed;
                Volatile.Write(ref _peerSeen, left > 0);
                _endIsTold = false;
                Volatile.Write(ref _hasEnded, false);
            }

            return result;
        }
        finally
        {
            Leave(ref _reads, hasTurn);
            Release();
        }
    }

    /// <summary>
    /// Reads at most <see cref="FileHandle.MaxInlineCopy"/> bytes without blocking: bytes, 0 at the end, or -errno; -EAGAIN where there is nothing to be had now. By whoever has the
    /// turn.
    /// </summary>
    internal unsafe int Read(Span<byte> buffer)
    {
        if (IsAtEnd || !PeerSeen || Way == TransferWay.Ring)
        {
            return IsAtEnd ? OnRead(0) : -Errno.EAGAIN;
        }

        Span<byte> part = buffer[..Math.Min(buffer.Length, MaxRead)];

        // SAFETY: the memory is pinned and the descriptor referenced by the caller until the call returns.
        fixed (byte* pointer = part)
        {
            int result = Way == TransferWay.Socket
                ? NativeMethods.Receive(Descriptor, pointer, (uint)part.Length)
                : NativeMethods.Read(Descriptor, pointer, (uint)part.Length);
            _endIsTold |= result == -Errno.EAGAIN;
            return OnRead(result);
        }
    }

    /// <summary>The most that one read may take.</summary>
    internal int MaxRead => _bytesBeforeEnd > 0 ? Math.Min(_bytesBeforeEnd, FileHandle.MaxInlineCopy) : FileHandle.MaxInlineCopy;

    /// <summary>The kernel's answer to a read of a buffer that was not empty, by whoever has the turn. Returns it.</summary>
    internal int OnRead(int result)
    {
        if (_bytesBeforeEnd > 0 && result > 0)
        {
            _bytesBeforeEnd -= result;
        }
        else if (result == 0)
        {
            _bytesBeforeEnd = NoEndOwed;
            if (EndIsFinal)
            {
                Volatile.Write(ref _hasEnded, true);
            }
        }

        return result;
    }

    /// <summary>Writes at most <see cref="FileHandle.MaxInlineCopy"/> bytes without blocking: bytes, or -errno; -EAGAIN where there is no room now. By whoever has the turn.</summary>
    internal unsafe int Write(ReadOnlySpan<byte> buffer)
    {
        if (Way == TransferWay.Ring)
        {
            return -Errno.EAGAIN;
        }

        ReadOnlySpan<byte> part = buffer[..Math.Min(buffer.Length, FileHandle.MaxInlineCopy)];

        // SAFETY: the memory is pinned and the descriptor referenced by the caller until the call returns.
        fixed (byte* pointer = part)
        {
            return Way == TransferWay.Socket
                ? NativeMethods.Send(Descriptor, pointer, (uint)part.Length)
                : NativeMethods.Write(Descriptor, pointer, (uint)part.Length);
        }
    }

    /// <inheritdoc/>
    private protected override void Close(bool isIdle)
    {
        if (isIdle)
        {
            CloseOnce();
        }
    }

    /// <inheritdoc/>
    private protected override void OnUnused() => CloseOnce();

    /// <inheritdoc/>
    private protected override bool IsReleased => Volatile.Read(ref _isClosed) == Closed;

    /// <summary>The one that disposes and the one that ends the last use may both see that nothing is in use.</summary>
    private void CloseOnce()
    {
        if (Interlocked.CompareExchange(ref _isClosed, Closing, 0) == 0)
        {
#pragma warning disable CA1816 // It is disposed of, or its last use after that has ended.
            GC.SuppressFinalize(this);
#pragma warning restore CA1816
            _ = NativeMethods.Close(Descriptor);
            Volatile.Write(ref _isClosed, Closed);
            SignalReleased();
        }
    }

    /// <summary>From now on an owner sees to it that it is closed: by disposal, or by <see cref="TryCloseForgotten"/>.</summary>
    internal void LeaveToOwner()
    {
#pragma warning disable CA1816 // The owner has a finalizer.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
    }

    /// <summary>
    /// Its owner was collected undisposed. True when it is closed; false while it is in use: the owner asks again after the next collection. Operations that somebody awaits keep it, as they keep a
    /// socket; those that nobody awaits are cancelled, when they have been found so for a while: somebody may have the task and await it later.
    /// </summary>
    internal bool TryCloseForgotten()
    {
        if (IsDisposed)
        {
            return true;
        }

        if (IsInUse)
        {
            Volatile.Write(ref _isForgotten, true);
            Pump.RequestAttention(this);
            return false;
        }

        UringEventSource.Log.Forgotten(Owner.Name, Path ?? "");
        Dispose();
        return true;
    }

    private void OnForgotten()
    {
        Volatile.Write(ref _isForgotten, false);
        bool isUnwanted = Operations.First is not null;
        for (Operation? operation = Operations.First; operation is not null; operation = OperationList<HandleNeighbours>.After(operation))
        {
            isUnwanted &= operation.IsForgotten(ForgottenAfter);
        }

        if (isUnwanted && !IsDisposed)
        {
            UringEventSource.Log.Forgotten(Owner.Name, Path ?? "");
            Dispose();
        }
    }

    /// <inheritdoc/>
    internal override void OnAttention()
    {
        if (Volatile.Read(ref _isForgotten))
        {
            OnForgotten();
        }

        base.OnAttention();
        _reads.PassTurn(Pump);
        _writes.PassTurn(Pump);
    }

    /// <summary>Tries a read on this thread; where it must wait, <paramref name="operation"/> is its operation.</summary>
    private int BeginRead(Memory<byte> buffer, bool reportsCancellation, out PipeReadOperation? operation, CancellationToken cancellationToken)
    {
        operation = null;
        Acquire();
        bool hasTurn = _reads.Join();
        int result;
        try
        {
            result = !hasTurn ? -Errno.EAGAIN
                : !buffer.IsEmpty ? Read(buffer.Span)
                : LooksEnded() ? OnRead(0) : -Errno.EAGAIN;
            if (result == -Errno.EAGAIN)
            {
                operation = PipeReadOperation.Start(this, buffer, hasTurn, reportsCancellation, cancellationToken);
                return result;
            }
        }
        catch
        {
            // The caller's memory could not be had: nothing was read.
            Leave(ref _reads, hasTurn);
            Release();
            throw;
        }

        Leave(ref _reads, hasTurn);
        Release();
        return result;
    }

    private int WriteOnCaller(ReadOnlySpan<byte> buffer, ref int done)
    {
        while (done < Math.Min(buffer.Length, FileHandle.MaxInlineCopy))
        {
            int result = Write(buffer[done..]);
            if (result < 0)
            {
                return result;
            }

            done += result;
        }

        // However quick the reader is, the caller gets away.
        return done == buffer.Length ? 0 : -Errno.EAGAIN;
    }

    private void Leave(ref PipeLine line, bool hasTurn)
    {
        if (!hasTurn)
        {
            line.LeaveUnseen();
        }
        else if (line.LeaveOnCaller())
        {
            Pump.RequestAttention(this);
        }
    }
}
