using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>
/// Writes all of a buffer to something that can be polled; see <see cref="PipeOperation"/>. One that ends early may have written a part, which its exception tells.
/// </summary>
internal sealed unsafe class PipeWriteOperation : PipeOperation
{
    private ReadOnlyMemory<byte> _buffer;
    private int _done;

    /// <inheritdoc/>
    private protected override ref PipeLine Line => ref Pipe.Writes;

    /// <inheritdoc/>
    private protected override NativePollEvents Events => NativePollEvents.Out;

    /// <summary>
    /// Starts it, with <paramref name="done"/> bytes written already. The caller has acquired the handle and joined the line; both stay the caller's when this throws.
    /// </summary>
    internal static ValueTask Start(PipeHandle pipe, ReadOnlyMemory<byte> buffer, int done, bool hasTurn, CancellationToken cancellationToken)
    {
        PinnedMemory? pin = PinFor(pipe, buffer);
        PipeWriteOperation operation = OperationPool<PipeWriteOperation>.Rent();
        operation.Pin = pin;
        operation._buffer = buffer;
        operation._done = done;
        operation.HasTurn = hasTurn;
        return new ValueTask(operation, operation.Launch(pipe, cancellationToken));
    }

    /// <inheritdoc/>
    private protected override bool Transfer()
    {
        // SAFETY: memory of a custom manager is pinned until the task resolves, and this is its address and length.
        ReadOnlySpan<byte> span = Pin is null ? _buffer.Span : new ReadOnlySpan<byte>(Pin.Pointer, _buffer.Length);
        int result = Pipe.Write(span[_done..]);
        return result >= 0 ? OnTransferred(result) : FailOrWait(result);
    }

    /// <inheritdoc/>
    private protected override void PrepareTransfer(Ring ring, ulong userData)
    {
        // SAFETY: the memory is pinned until the task resolves; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareWrite(
            ring.Native, userData, Handle!.Descriptor, Pin!.Pointer + _done, (uint)(_buffer.Length - _done), offset: -1));
        if (Pipe.BlocksWriters)
        {
            Ring.RequirePrepared(NativeMethods.PrepareForWorker(ring.Native));
        }
    }

    /// <inheritdoc/>
    private protected override bool OnTransferred(int count)
    {
        // The rest after another poll, so that one pipe does not keep the leader to itself.
        _done += count;
        return _done == _buffer.Length ? Succeed(0) : EndEarlyOrRetry();
    }

    /// <inheritdoc/>
    protected override OperationCanceledException CreateTokenCancellation(CancellationToken token) =>
        _done == 0 ? base.CreateTokenCancellation(token) : new PipeWriteCanceledException(_done, token);

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _buffer = default;
        _done = 0;
        base.Recycle();
        OperationPool<PipeWriteOperation>.Return(this);
    }
}
