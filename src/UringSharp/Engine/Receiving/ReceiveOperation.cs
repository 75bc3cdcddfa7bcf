using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Receiving;

/// <summary>
/// Receives from a pipe until its end, or until the reader lags: by one request that goes on (READ_MULTISHOT, Linux 6.7), else by waiting with POLL_ADD and
/// reading without blocking, again and again. Until the other side has been seen it waits with POLL_ADD in any case (kernel fact F2).
/// </summary>
internal sealed class ReceiveOperation : Operation
{
    private const int BufferShift = 16;

    private PipeReception _reception = null!;
    private Exception? _problem;
    private bool _isMultishot;
    private bool _pauses;
    private bool _pollsFirst;
    private bool _isMovingHome;

    /// <summary>It waits for a peer, for as long as the peer likes.</summary>
    internal override bool IsBounded => false;

    private PipeHandle Pipe => (PipeHandle)Handle!;

    private ReceiveBuffers Buffers => Pump.ReceiveBuffers;

    /// <summary>Not where an end is owed after so many bytes: a request that goes on would take what is behind it as well. Nor where it would wait for an end that no poll tells.</summary>
    private bool MayUseMultishot => _reception.CanUseMultishot && Pipe.IsEndTold && Pipe.BytesBeforeEnd < 0 && Buffers.AreLent;

    /// <summary>Starts it. The caller has acquired the handle.</summary>
    internal static void Start(PipeReception reception)
    {
        ReceiveOperation operation = OperationPool<ReceiveOperation>.Rent();
        operation._reception = reception;
        operation.LaunchUnawaited(reception.Handle);
    }

    /// <inheritdoc/>
    internal override OperationStart OnStart()
    {
        bool isAtEnd = Pipe.LooksEnded();
        if (_reception.IsStopRequested || isAtEnd)
        {
            if (isAtEnd)
            {
                Pipe.SeeEnd();
            }

            Succeed(0);
            return OperationStart.Finished;
        }

        _reception.Current = this;
        _isMultishot = !_pollsFirst && Pipe.PeerSeen && MayUseMultishot;
        _pollsFirst = false;
        _isMovingHome = false;
        return OperationStart.Submit;
    }

    /// <inheritdoc/>
    internal override unsafe void Prepare(Ring ring, ulong userData)
    {
        if (!_isMultishot)
        {
            ring.PreparePoll(userData, Handle!.Descriptor, (uint)NativePollEvents.In);
            return;
        }

        // SAFETY: the buffers are lent until nothing is in flight any more; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareReadMultishot(ring.Native, userData, Handle!.Descriptor, ReceiveBuffers.Group));
    }

    /// <inheritdoc/>
    internal override void OnPartialCompletion(int result, NativeCompletionFlags flags)
    {
        bool isToEnd = result > 0 && Take(result, flags);
        if (isToEnd || (!_isMovingHome && Pump.IsAwayFromHome(this)))
        {
            _isMovingHome |= !isToEnd;
            Pump.Cancel(this);
        }
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => throw new NotSupportedException();

    /// <inheritdoc/>
    internal override bool OnCompletion(int result, NativeCompletionFlags flags) =>
        _isMultishot ? OnLastOfMany(result, flags) : OnPoll(result);

    /// <inheritdoc/>
    internal override void OnFinished()
    {
        if (_reception.Current == this)
        {
            _reception.Current = null;
        }
    }

    /// <inheritdoc/>
    internal override void Resolve()
    {
        if (!_pauses)
        {
            _reception.End(CreateFailure());
        }

        base.Resolve();
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _reception = null!;
        _problem = null;
        _isMultishot = false;
        _pauses = false;
        _pollsFirst = false;
        _isMovingHome = false;
        OperationPool<ReceiveOperation>.Return(this);
    }

    private static int BufferOf(NativeCompletionFlags flags) => (int)((uint)flags >> BufferShift);

    private bool OnLastOfMany(int result, NativeCompletionFlags flags)
    {
        if (result > 0)
        {
            // The completion queue was full, or the kernel had another reason to stop after these.
            Take(result, flags);
            return GoOnOrEnd();
        }

        if ((flags & NativeCompletionFlags.Buffer) != 0)
        {
            Buffers.Return(BufferOf(flags));
        }

        if (result == 0)
        {
            if (!_reception.IsStopRequested)
            {
                // Else it may be the end of a session that the stream has left behind meanwhile.
                Pipe.SeeEnd();
            }

            return Succeed(0);
        }

        switch (result)
        {
            case -Errno.EAGAIN:
                // Another reader was quicker.
                _pollsFirst = true;
                return GoOnOrEnd();
            case -Errno.ENOBUFS or -Errno.ECANCELED or -Errno.EINTR or -Errno.ERESTARTSYS:
                // No buffer: a burst. By now all have been given back.
                return GoOnOrEnd();
            case -Errno.EBADFD or -Errno.EINVAL or -Errno.EOPNOTSUPP:
                // Not with this descriptor. What is really wrong with it, read(2) says.
                _reception.CanUseMultishot = false;
                return GoOnOrEnd();
            default:
                return _problem is null ? FailOrRetry(result) : Fail(_problem);
        }
    }

    private bool OnPoll(int result)
    {
        if (result < 0)
        {
            return _reception.IsStopRequested ? Succeed(0) : FailOrPollAnew(result, (uint)NativePollEvents.In);
        }

        Pipe.SeePeer();
        if (_reception.IsStopRequested || MayUseMultishot)
        {
            return GoOnOrEnd();
        }

        byte[] buffer = Buffers.ForRead;
        int length = Pipe.Read(buffer);
        if (length > 0)
        {
            _reception.Take(buffer.AsSpan(0, length));
            return GoOnOrEnd();
        }

        return length switch
        {
            0 => Succeed(0),

            // However often: another reader may have been quicker each time.
            -Errno.EAGAIN => GoOnOrEnd(),
            _ => FailOrRetry(length),
        };
    }

    /// <summary>Takes what a buffer has got. True when the request is to be cancelled.</summary>
    private bool Take(int length, NativeCompletionFlags flags)
    {
        int buffer = BufferOf(flags);
        if (_problem is not null)
        {
            // Behind bytes that could not be taken no others follow.
            Buffers.Return(buffer);
            return false;
        }

        try
        {
            return _reception.Take(Buffers, buffer, length);
        }
        catch (Exception e)
        {
            _problem = e;
            return true;
        }
    }

    /// <summary>The request is over, the reception not necessarily. Returns what <see cref="OnCompletion(int)"/> does.</summary>
    private bool GoOnOrEnd()
    {
        if (_problem is not null)
        {
            return Fail(_problem);
        }

        if (Cause != CancellationCause.None)
        {
            return EndEarly();
        }

        if (_reception.IsStopRequested)
        {
            return Succeed(0);
        }

        _pauses = _reception.TryPause();
        return _pauses && Succeed(0);
    }
}
