namespace UringSharp.Engine.Operations;

/// <summary>Waits for the next events of a watch. The ring knows nothing of it: it is the watch's poll that wakes it.</summary>
internal sealed class PollShotOperation : Operation
{
    private PollWatchOperation? _watch;

    /// <summary>It waits for as long as nothing happens, and needs no room in the completion queue.</summary>
    internal override bool IsBounded => false;

    /// <summary>Starts it for a watcher, who does not let go of the watch before it has ended.</summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed, or its context was.</exception>
    internal static ValueTask<int> Start(IoHandle handle, PollWatchOperation watch, CancellationToken cancellationToken)
    {
        handle.Acquire();
        PollShotOperation operation = OperationPool<PollShotOperation>.Rent();
        operation._watch = watch;
        return new ValueTask<int>(operation, operation.Launch(handle, cancellationToken));
    }

    /// <inheritdoc/>
    internal override OperationStart OnStart()
    {
        PollWatchOperation watch = _watch!;
        int events = watch.Take(out bool hasEnded);
        if (events != 0)
        {
            Succeed(events);
            return OperationStart.Finished;
        }

        if (hasEnded)
        {
            if (watch.FailedWith != 0)
            {
                Fail(watch.FailedWith);
            }
            else
            {
                TrySetCause(CancellationCause.HandleDisposed);
                EndEarly();
            }

            return OperationStart.Finished;
        }

        Pump.Park(this, watch.Waits);
        return OperationStart.Parked;
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _watch = null;
        OperationPool<PollShotOperation>.Return(this);
    }
}
