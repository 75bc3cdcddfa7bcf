using System.Buffers;
using System.Runtime.InteropServices;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>
/// Reads from something that can be polled: waits by POLL_ADD, which occupies no thread and consumes nothing when it is cancelled, then reads without blocking
/// (kernel fact F2). While it waits, the buffer is not in the kernel's hands.
/// </summary>
internal sealed unsafe class PipeReadOperation : Operation
{
    private Memory<byte> _buffer;
    private MemoryHandle _pin;
    private bool _waitedInLine;

    /// <summary>It waits for a peer, for as long as the peer likes.</summary>
    internal override bool IsBounded => false;

    private PipeHandle Pipe => (PipeHandle)Handle!;

    /// <summary>Starts it. The caller has acquired the handle and announced the read; both stay the caller's when this throws.</summary>
    internal static ValueTask<int> Start(PipeHandle pipe, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // Memory of a custom manager is pinned here, on the caller's thread: asking for its span is the caller's code, which
        // must not run on the leader. An array needs no pin until it is read into.
        MemoryHandle pin = MemoryMarshal.TryGetMemoryManager<byte, MemoryManager<byte>>(buffer, out _) ? buffer.Pin() : default;
        PipeReadOperation operation = OperationPool<PipeReadOperation>.Rent();
        operation._pin = pin;
        operation._buffer = buffer;
        return new ValueTask<int>(operation, operation.Launch(pipe.Pump, pipe, cancellationToken));
    }

    /// <inheritdoc/>
    internal override OperationStart OnStart()
    {
        PipeHandle pipe = Pipe;
        if (pipe.ActiveRead is null)
        {
            pipe.ActiveRead = this;
        }
        else if (pipe.ActiveRead != this)
        {
            _waitedInLine = true;
            WaitingIn = pipe.WaitingReads;
            pipe.WaitingReads.Add(this);
            return OperationStart.Parked;
        }

        if (_waitedInLine || pipe.HasEnded)
        {
            _waitedInLine = false;
            return TryRead() ? OperationStart.Finished : OperationStart.Submit;
        }

        return OperationStart.Submit;
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: no memory is involved; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PreparePoll(ring.Native, userData, Handle!.Descriptor, (uint)NativePollEvents.In, multishot: 0));
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        if (result == -Errno.EINVAL && NativeMethods.PollNow(Handle!.Descriptor, (uint)NativePollEvents.In) >= 0)
        {
            // A terminal whose settings change wakes its pollers, and the ring cannot arm its poll on two wait queues again (Linux 6.18). The
            // descriptor can be polled, so it is polled anew.
            return FailOrRetry(-Errno.EAGAIN);
        }

        if (result < 0)
        {
            return FailOrRetry(result);
        }

        Pipe.SeePeer();
        return _buffer.IsEmpty ? Succeed(0) : TryRead();
    }

    /// <inheritdoc/>
    internal override void OnFinished()
    {
        PipeHandle pipe = Pipe;
        pipe.EndRead();
        if (pipe.ActiveRead == this)
        {
            Operation? next = pipe.WaitingReads.First;
            pipe.ActiveRead = (PipeReadOperation?)next;
            if (next is not null)
            {
                pipe.WaitingReads.Remove(next);
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
        _waitedInLine = false;
        OperationPool<PipeReadOperation>.Return(this);
    }

    /// <summary>Reads without blocking. True when the outcome is set; false when there is nothing to be had yet.</summary>
    private bool TryRead()
    {
        if (_buffer.IsEmpty)
        {
            return Pipe.HasEnded && Succeed(0);
        }

        // SAFETY: memory of a custom manager is pinned until the task resolves, and this is its address and length.
        Span<byte> span = _pin.Pointer is null ? _buffer.Span : new Span<byte>(_pin.Pointer, _buffer.Length);
        int result = Pipe.Read(span);
        if (result >= 0)
        {
            return Succeed(result);
        }

        // However often: another reader may have been quicker each time.
        return result == -Errno.EAGAIN ? EndEarlyOrRetry() : FailOrRetry(result);
    }
}
