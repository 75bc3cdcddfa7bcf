using System.Threading.Tasks.Sources;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Waits until a descriptor is ready for something: POLL_ADD, which occupies no thread and consumes nothing.</summary>
internal sealed class PollWaitOperation : Operation, IValueTaskSource<PollEvents>
{
    private PollEvents _events;
    private int _answer;
    private bool _waitsForChange;

    /// <summary>It waits for a peer, for as long as the peer likes.</summary>
    internal override bool IsBounded => false;

    /// <summary>Starts it, or ends it at once where something holds already. The caller has acquired the handle.</summary>
    internal static ValueTask<PollEvents> Start(IoHandle handle, PollEvents events, CancellationToken cancellationToken)
    {
        int result = NativeMethods.PollNow(handle.Descriptor, (uint)events);
        if (result is 0)
        {
            PollWaitOperation operation = OperationPool<PollWaitOperation>.Rent();
            operation._events = events;
            return new ValueTask<PollEvents>(operation, operation.Launch(handle, cancellationToken));
        }

        handle.Release();
        int errno = result < 0 ? -result : (result & (int)NativePollEvents.Nval) != 0 ? Errno.EBADF : 0;
        return errno == 0 ? Answer(result) : ValueTask.FromException<PollEvents>(ErrnoExceptions.Create(errno, null));
    }

    /// <summary>
    /// The events to ask the kernel for. A wake-up for priority data, which comes as one for data too, passes an io_uring poll by that waits for priority data alone
    /// (IO_ASYNC_POLL_COMMON, Linux 6.18).
    /// </summary>
    internal static uint Armed(PollEvents asked) => (uint)(asked | ((asked & PollEvents.Priority) != 0 ? PollEvents.Read : PollEvents.None));

    /// <summary>
    /// What of an answer was asked for, or is told unasked. io_uring reports POLLRDHUP unasked too, which poll(2) does not, and takes a socket's word
    /// that what has come is data and priority data both (sock_def_readable, Linux 6.18).
    /// </summary>
    internal static int Reported(Operation operation, int result, PollEvents asked)
    {
        const int priority = (int)PollEvents.Priority;
        int reported = result & (int)(asked | PollEvents.Error | PollEvents.HangUp);
        if ((reported & priority) != 0)
        {
            // Sockets alone: there are files of which poll(2) takes the event that it tells (pressure stall information).
            int descriptor = operation.Handle!.Descriptor;
            if (NativeMethods.FileTypeOf(descriptor) == (int)NativeFileType.Socket && (NativeMethods.PollNow(descriptor, priority) & priority) == 0)
            {
                reported &= ~priority;
            }
        }

        return reported;
    }

    /// <inheritdoc/>
    PollEvents IValueTaskSource<PollEvents>.GetResult(short token) => (PollEvents)GetResult(token);

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        ring.PreparePoll(userData, Handle!.Descriptor, Armed(_events), isMultishot: _waitsForChange);
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        _answer |= result > 0 ? Reported(this, result, _events) : 0;
        if (_answer != 0)
        {
            return Succeed(_answer);
        }

        if (result < 0)
        {
            return FailOrPollAnew(result, (uint)_events);
        }

        if (_waitsForChange)
        {
            // Nothing will wake it: what it waits for never happens to what is always ready.
            return FailOrPollAnew(-Errno.EINVAL, (uint)_events);
        }

        // Something holds that nobody asked about, such as the peer's writing half being closed, and it would end each further poll at once. One of
        // many shots tells it once, and then what changes.
        _waitsForChange = true;
        return EndEarlyOrRetry();
    }

    /// <inheritdoc/>
    internal override void OnPartialCompletion(int result, NativeCompletionFlags flags)
    {
        bool isFirst = _answer == 0;
        _answer |= result > 0 ? Reported(this, result, _events) : 0;
        if (isFirst && _answer != 0)
        {
            Pump.Cancel(this);
        }
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _answer = 0;
        _waitsForChange = false;
        OperationPool<PollWaitOperation>.Return(this);
    }

    /// <summary>As <see cref="AnswerOperation.Answer(int)"/>.</summary>
    private static ValueTask<PollEvents> Answer(int result)
    {
        if (PumpThread.Current is { } thread && thread.CountSynchronousAnswer())
        {
            PollWaitOperation operation = OperationPool<PollWaitOperation>.Rent();
            return new ValueTask<PollEvents>(operation, operation.LaunchAnswered(thread.Pump, result));
        }

        return new ValueTask<PollEvents>((PollEvents)result);
    }
}
