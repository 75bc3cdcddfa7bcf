using System.Buffers;
using System.Runtime.InteropServices;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>
/// Writes all of a buffer to something that can be polled: writes without blocking, and waits by POLL_ADD, which occupies no thread, where there is no room. A write that is
/// cancelled may have written a part. While it waits, the buffer is not in the kernel's hands.
/// </summary>
internal sealed unsafe class PipeWriteOperation : Operation
{
    private ReadOnlyMemory<byte> _buffer;
    private MemoryHandle _pin;
    private int _done;
    private bool _waitedInLine;

    /// <summary>It waits for a peer, for as long as the peer likes.</summary>
    internal override bool IsBounded => false;

    private PipeHandle Pipe => (PipeHandle)Handle!;

    /// <summary>
    /// Starts it, with <paramref name="done"/> bytes written already. The caller has acquired the handle and announced the write; both stay the caller's when this throws.
    /// </summary>
    internal static ValueTask Start(PipeHandle pipe, ReadOnlyMemory<byte> buffer, int done, CancellationToken cancellationToken)
    {
        // As for reads: memory of a custom manager is pinned here, since asking for its span is the caller's code.
        MemoryHandle pin = MemoryMarshal.TryGetMemoryManager<byte, MemoryManager<byte>>(buffer, out _) ? buffer.Pin() : default;
        PipeWriteOperation operation = OperationPool<PipeWriteOperation>.Rent();
        operation._pin = pin;
        operation._buffer = buffer;
        operation._done = done;
        return new ValueTask(operation, operation.Launch(pipe.Pump, pipe, cancellationToken));
    }

    /// <inheritdoc/>
    internal override OperationStart OnStart()
    {
        PipeHandle pipe = Pipe;
        if (pipe.ActiveWrite is null)
        {
            pipe.ActiveWrite = this;
        }
        else if (pipe.ActiveWrite != this)
        {
            _waitedInLine = true;
            WaitingIn = pipe.WaitingWrites;
            pipe.WaitingWrites.Add(this);
            return OperationStart.Parked;
        }

        if (_waitedInLine)
        {
            _waitedInLine = false;
            return TryWrite() ? OperationStart.Finished : OperationStart.Submit;
        }

        return OperationStart.Submit;
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: no memory is involved; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PreparePoll(ring.Native, userData, Handle!.Descriptor, (uint)NativePollEvents.Out, multishot: 0));
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        if (result == -Errno.EINVAL && NativeMethods.PollNow(Handle!.Descriptor, (uint)NativePollEvents.Out) >= 0)
        {
            // As for reads: a terminal whose settings change.
            return FailOrRetry(-Errno.EAGAIN);
        }

        return result < 0 ? FailOrRetry(result) : TryWrite();
    }

    /// <inheritdoc/>
    internal override void OnFinished()
    {
        PipeHandle pipe = Pipe;
        pipe.EndWrite();
        if (pipe.ActiveWrite == this)
        {
            Operation? next = pipe.WaitingWrites.First;
            pipe.ActiveWrite = (PipeWriteOperation?)next;
            if (next is not null)
            {
                pipe.WaitingWrites.Remove(next);
                Pump.Queue(next);
            }
        }
    }

    /// <inheritdoc/>
    protected override void ReleaseMemory()
    {
        _pin.Dispose();
        _pin = default;
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _buffer = default;
        _done = 0;
        _waitedInLine = false;
        OperationPool<PipeWriteOperation>.Return(this);
    }

    /// <summary>Writes once, without blocking. True when the outcome is set; false when there is more to write than there was room for.</summary>
    private bool TryWrite()
    {
        // SAFETY: memory of a custom manager is pinned until the task resolves, and this is its address and length.
        ReadOnlySpan<byte> span = _pin.Pointer is null ? _buffer.Span : new ReadOnlySpan<byte>(_pin.Pointer, _buffer.Length);
        int result = Pipe.Write(span[_done..]);
        if (result >= 0)
        {
            // The rest after another poll, so that one pipe does not keep the leader to itself.
            _done += result;
            return _done == _buffer.Length ? Succeed(0) : EndEarlyOrRetry();
        }

        // However often: another writer may have been quicker each time.
        return result == -Errno.EAGAIN ? EndEarlyOrRetry() : FailOrRetry(result);
    }
}
