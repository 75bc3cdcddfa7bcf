using System.Threading.Tasks.Sources;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Reads from something that can be polled; see <see cref="PipeOperation"/>.</summary>
internal sealed unsafe class PipeReadOperation : PipeOperation, IValueTaskSource<PipeReadResult>
{
    private const int CanceledResult = -1;

    private Memory<byte> _buffer;
    private bool _reportsCancellation;
    private bool _wasTried;

    /// <inheritdoc/>
    private protected override ref PipeLine Line => ref Pipe.Reads;

    /// <inheritdoc/>
    private protected override NativePollEvents Events => NativePollEvents.In;

    /// <inheritdoc/>
    private protected override bool IsReady => Pipe.IsAtEnd || (_buffer.IsEmpty && Pipe.LooksEnded());

    /// <inheritdoc/>
    internal override bool IsWorthTrying => !_wasTried && Pipe.PeerSeen && Pipe.Way != TransferWay.Ring && !_buffer.IsEmpty;

    /// <inheritdoc/>
    internal override bool TryNow() => Transfer();

    /// <inheritdoc/>
    internal override void GiveUpTrying() => _wasTried = true;

    /// <summary>
    /// Starts it. The caller has acquired the handle and joined the line; both stay the caller's when this throws. One of <see cref="AsTask"/> and <see cref="AsTryTask"/>
    /// must be called on what it returns, once, at once.
    /// </summary>
    internal static PipeReadOperation Start(PipeHandle pipe, Memory<byte> buffer, bool hasTurn, bool reportsCancellation, CancellationToken cancellationToken)
    {
        PinnedMemory? pin = PinFor(pipe, buffer);
        PipeReadOperation operation = OperationPool<PipeReadOperation>.Rent();
        operation.Pin = pin;
        operation._buffer = buffer;
        operation._reportsCancellation = reportsCancellation;
        operation.HasTurn = hasTurn;
        operation.Launch(pipe, cancellationToken);
        return operation;
    }

    /// <summary>The task of it, for one awaiter.</summary>
    internal ValueTask<int> AsTask() => new(this, Version);

    /// <summary>The task of it, where a cancellation is an answer.</summary>
    internal ValueTask<PipeReadResult> AsTryTask() => new(this, Version);

    /// <inheritdoc/>
    PipeReadResult IValueTaskSource<PipeReadResult>.GetResult(short token)
    {
        int result = GetResult(token);
        return result == CanceledResult ? PipeReadResult.Canceled : new PipeReadResult(result);
    }

    /// <inheritdoc/>
    private protected override bool OnPolled()
    {
        Pipe.SeePeer();
        return _buffer.IsEmpty ? Succeed(0) : base.OnPolled();
    }

    /// <inheritdoc/>
    private protected override bool Transfer()
    {
        if (_buffer.IsEmpty)
        {
            return Pipe.LooksEnded() && OnTransferred(0);
        }

        // SAFETY: memory of a custom manager is pinned until the task resolves, and this is its address and length.
        Span<byte> span = Pin is null ? _buffer.Span : new Span<byte>(Pin.Pointer, _buffer.Length);
        int result = Pipe.Read(span);
        return result >= 0 ? Succeed(result) : FailOrWait(result);
    }

    /// <inheritdoc/>
    private protected override void PrepareTransfer(Ring ring, ulong userData)
    {
        // SAFETY: the memory is pinned until the task resolves; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareRead(
            ring.Native, userData, Handle!.Descriptor, Pin!.Pointer, (uint)Math.Min(_buffer.Length, Pipe.MaxRead), offset: -1));
    }

    /// <inheritdoc/>
    private protected override bool OnTransferred(int count) => Succeed(Pipe.OnRead(count));

    /// <inheritdoc/>
    protected override bool TryAnswerCancellation(out int result)
    {
        result = CanceledResult;
        return _reportsCancellation && Cause == CancellationCause.Token;
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _buffer = default;
        _wasTried = false;
        base.Recycle();
        OperationPool<PipeReadOperation>.Return(this);
    }
}
