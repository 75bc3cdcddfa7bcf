using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>
/// Keeps a poll of many shots armed and gathers what it tells, until its watcher stops it, the handle or the context is disposed, or the kernel ends it: a regular file's
/// ends with its first shot. The watcher holds a reference, and starts another one after the end.
/// </summary>
internal sealed class PollWatchOperation : Operation
{
    private const int HasEnded = int.MinValue;

    private PollEvents _events;
    private int _gathered;

    /// <summary>It waits for a peer, for as long as the peer likes.</summary>
    internal override bool IsBounded => false;

    /// <summary>The watcher's wait for the next event; there is one at most. The leader's.</summary>
    internal OperationList<WaitingNeighbours> Waits { get; } = new();

    /// <summary>The errno that ended it; else 0. The leader's.</summary>
    internal int FailedWith { get; private set; }

    /// <summary>Starts it for a watcher, who stops it.</summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed, or its context was.</exception>
    internal static PollWatchOperation Start(IoHandle handle, PollEvents events)
    {
        handle.Acquire();
        PollWatchOperation operation = OperationPool<PollWatchOperation>.Rent();
        operation._events = events;
        operation.LaunchUnawaited(handle, holders: 1);
        return operation;
    }

    /// <summary>Takes the events gathered so far; 0 for none. <paramref name="hasEnded"/> tells that none will come any more behind these.</summary>
    internal int Take(out bool hasEnded)
    {
        // In one step with the end: a shot that is the last one is either taken here or still there.
        int gathered = Interlocked.And(ref _gathered, HasEnded);
        hasEnded = (gathered & HasEnded) != 0;
        return gathered & ~HasEnded;
    }

    /// <summary>The watcher lets go, from any thread: the poll is cancelled.</summary>
    internal void Stop()
    {
        // The watcher's reference goes to the queue of cancellations.
        if (!TrySetCause(CancellationCause.Token) || !Pump.RequestCancellation(this))
        {
            Release();
        }
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        ring.PreparePoll(userData, Handle!.Descriptor, PollWaitOperation.Armed(_events), isMultishot: true);
    }

    /// <inheritdoc/>
    internal override void OnPartialCompletion(int result, NativeCompletionFlags flags) => Gather(result < 0 ? 0 : PollWaitOperation.Reported(this, result, _events));

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        int events = result > 0 ? PollWaitOperation.Reported(this, result, _events) : 0;
        if (events != 0)
        {
            // Not armed again before somebody asks: where this is the only shot each time, that would go on for ever.
            Gather(events | HasEnded);
            return Succeed(0);
        }

        // An end with nothing to tell is a refusal too: what is always ready is never woken for anything else.
        int error = result < 0 ? result : -Errno.EINVAL;
        bool isFinished = FailOrPollAnew(error, (uint)_events);
        if (isFinished && Cause == CancellationCause.None)
        {
            FailedWith = -error;
        }

        return isFinished;
    }

    /// <inheritdoc/>
    internal override void OnFinished()
    {
        Interlocked.Or(ref _gathered, HasEnded);
        if (Waits.First is { } wait)
        {
            // It ends at its turn, for the reason that this one has ended.
            Pump.QueueParked(wait);
        }
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _gathered = 0;
        FailedWith = 0;
        OperationPool<PollWatchOperation>.Return(this);
    }

    /// <summary>Adds to what is gathered, and ends the wait for it.</summary>
    private void Gather(int events)
    {
        Interlocked.Or(ref _gathered, events);
        if (Waits.First is { } wait && Take(out _) is > 0 and var gathered)
        {
            wait.Succeed(gathered);
            Pump.EndParked(wait);
        }
    }
}
