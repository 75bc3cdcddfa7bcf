using System.Buffers;
using System.Runtime.InteropServices;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>
/// One direction of something that can be polled: waits for its turn, then by POLL_ADD, which occupies no thread and consumes nothing when it is cancelled, and then
/// moves bytes without blocking (kernel fact F2). While it waits, the buffer is not in the kernel's hands.
/// </summary>
internal abstract class PipeOperation : Operation
{
    private bool _hasWaited;
    private bool _isTransferring;

    /// <summary>It waits for a peer, for as long as the peer likes.</summary>
    internal override bool IsBounded => false;

    /// <summary>Whether it has had the turn since it was tried on its caller's thread.</summary>
    internal bool HasTurn { get; set; }

    /// <summary>The pipe.</summary>
    protected PipeHandle Pipe => (PipeHandle)Handle!;

    /// <summary>The caller's memory: pinned from the start where the ring moves the bytes, or where it is a custom manager's.</summary>
    protected PinnedMemory? Pin { get; set; }

    /// <summary>
    /// Memory of a custom manager is pinned before the start, on the caller's thread: asking for its span is the caller's code, which must not run on the leader. An
    /// array needs no pin but where the ring itself moves the bytes.
    /// </summary>
    private protected static PinnedMemory? PinFor(PipeHandle pipe, ReadOnlyMemory<byte> buffer) =>
        pipe.Way == TransferWay.Ring || MemoryMarshal.TryGetMemoryManager<byte, MemoryManager<byte>>(buffer, out _) ? PinnedMemory.Take(buffer.Pin()) : null;

    /// <summary>The line it stands in.</summary>
    private protected abstract ref PipeLine Line { get; }

    /// <summary>What it waits for.</summary>
    private protected abstract NativePollEvents Events { get; }

    /// <inheritdoc/>
    internal sealed override OperationStart OnStart()
    {
        if (!Line.TryTakeTurn(this))
        {
            _hasWaited = true;
            return OperationStart.Parked;
        }

        if (_isTransferring || !(_hasWaited || IsReady))
        {
            return OperationStart.Submit;
        }

        _hasWaited = false;
        return Transfer() ? OperationStart.Finished : OperationStart.Submit;
    }

    /// <inheritdoc/>
    internal sealed override void Prepare(Ring ring, ulong userData)
    {
        if (_isTransferring)
        {
            PrepareTransfer(ring, userData);
        }
        else
        {
            ring.PreparePoll(userData, Handle!.Descriptor, (uint)Events);
        }
    }

    /// <inheritdoc/>
    internal sealed override bool OnCompletion(int result)
    {
        if (_isTransferring)
        {
            _isTransferring = false;
            return result >= 0 ? OnTransferred(result) : FailOrWait(result);
        }

        return result < 0 ? FailOrPollAnew(result, (uint)Events) : OnPolled();
    }

    /// <inheritdoc/>
    internal sealed override void OnFinished() => Line.Leave(this, Pump);

    /// <summary>Whether there is nothing to wait for: what is asked for is known.</summary>
    private protected virtual bool IsReady => false;

    /// <summary>Poll has fired. True when the outcome is set.</summary>
    private protected virtual bool OnPolled()
    {
        if (Pipe.Way != TransferWay.Ring)
        {
            return Transfer();
        }

        _isTransferring = true;
        return false;
    }

    /// <summary>Moves bytes without blocking, on this thread. True when the outcome is set; false to wait.</summary>
    private protected abstract bool Transfer();

    /// <summary>Prepares the ring's own transfer.</summary>
    private protected abstract void PrepareTransfer(Ring ring, ulong userData);

    /// <summary>So many bytes were moved. True when the outcome is set.</summary>
    private protected abstract bool OnTransferred(int count);

    /// <summary>A negative answer. However often another one was quicker: it waits again.</summary>
    private protected bool FailOrWait(int result) => result == -Errno.EAGAIN ? EndEarlyOrRetry() : FailOrRetry(result);

    /// <inheritdoc/>
    protected sealed override void ReleaseMemory()
    {
        PinnedMemory? pin = Pin;
        Pin = null;
        pin?.Unpin();
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        HasTurn = false;
        _hasWaited = false;
        _isTransferring = false;
    }
}
