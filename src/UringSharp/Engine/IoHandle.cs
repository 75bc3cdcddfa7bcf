namespace UringSharp.Engine;

/// <summary>
/// A descriptor in use: what the engine, a stream and its operations share. Each use is counted, and keeps the
/// number from being closed and given to a stranger; the last one to let go closes.
/// </summary>
internal abstract class IoHandle
{
    private TaskCompletionSource? _drained;
    private int _uses;
    private int _disposed;
    private bool _isWatched;

    /// <param name="descriptor">The number alone; each use is counted first.</param>
    /// <param name="path">The path it was opened by, where known.</param>
    /// <param name="pump">The pump all its operations go through.</param>
    private protected IoHandle(int descriptor, string? path, CompletionPump pump)
    {
        Descriptor = descriptor;
        Path = path;
        Pump = pump;
    }

    /// <summary>The descriptor.</summary>
    internal int Descriptor { get; }

    /// <summary>The path it was opened by, where known.</summary>
    internal string? Path { get; }

    /// <summary>The pump all its operations go through.</summary>
    internal CompletionPump Pump { get; }

    /// <summary>The public type it serves, for ObjectDisposedException.</summary>
    internal abstract Type Owner { get; }

    /// <summary>The device a file lies on; 0 for a pipe.</summary>
    internal virtual ulong Device => 0;

    /// <summary>Whether its device is known to be local. That stays true: as long as the file is open its device is no other's.</summary>
    internal virtual bool IsLocal => false;

    /// <summary>Its unfinished operations. The leader's.</summary>
    internal ref OperationRow<HandleNeighbours> Operations => ref _operations;

    private OperationRow<HandleNeighbours> _operations;

    /// <summary>Whether the pump's end waits for it, see <see cref="CompletionPump.TryWatch"/>.</summary>
    internal bool IsWatched
    {
        get => Volatile.Read(ref _isWatched);
        set => Volatile.Write(ref _isWatched, value);
    }

    /// <summary>Whether a request uses it.</summary>
    internal bool IsInUse => Volatile.Read(ref _uses) != 0;

    /// <summary>Whether new requests are refused.</summary>
    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Begins a use: nothing closes the descriptor, and nothing else gets its number, until <see cref="Release"/>.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its context was.</exception>
    internal void Acquire()
    {
        // Counted before the look at the flag, and the flag is set before the look at the count: one of the two sees the other.
        Interlocked.Increment(ref _uses);
        if (IsDisposed || !TryReference())
        {
            EndUse();
            ObjectDisposedException.ThrowIf(true, Owner);
        }

        if (Pump.IsStopping)
        {
            ReleaseHere();
            throw Pump.Disposed();
        }
    }

    /// <summary>Ends a use.</summary>
    internal virtual void Release() => ReleaseHere();

    /// <summary>Ends a use on this thread, which may have to close the descriptor.</summary>
    internal void ReleaseHere()
    {
        Unreference();
        EndUse();
    }

    /// <summary>Refuses new requests, cancels what is pending, and drops the owner's reference. Waits for nothing.</summary>
    internal void Dispose()
    {
        // A full fence: see Acquire.
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        bool isIdle = Volatile.Read(ref _uses) == 0;
        Close(isIdle);
        if (!isIdle)
        {
            Pump.RequestAttention(this);
        }
    }

    /// <summary>Called by the leader after <see cref="CompletionPump.RequestAttention"/>: cancels what is pending where new requests are refused.</summary>
    internal virtual void OnAttention()
    {
        if (IsDisposed)
        {
            Pump.CancelAll(this);
        }
    }

    /// <summary>As <see cref="Dispose"/>; the task ends when nothing uses the descriptor any more.</summary>
    internal ValueTask DisposeAsync()
    {
        Dispose();
        if (IsReleased)
        {
            return default;
        }

        TaskCompletionSource drained = Volatile.Read(ref _drained)
            ?? Interlocked.CompareExchange(ref _drained, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null)
            ?? _drained;
        if (IsReleased)
        {
            drained.TrySetResult();
        }

        return CompletionPump.OfLoopHere is { } loop ? AwaitOnLoopAsync(loop, drained.Task) : new ValueTask(drained.Task);
    }

    /// <summary>Another thread may be the last to use it: the code that awaits that on a loop shall go on before the loop is gone.</summary>
    private static async ValueTask AwaitOnLoopAsync(CompletionPump loop, Task drained)
    {
        using CallOfLoop outside = new(loop);
        await drained.ConfigureAwait(LoopContext.IsCurrent);
    }

    /// <summary>After its disposal: whether nothing uses the descriptor any more, and it is closed where it is ours.</summary>
    private protected virtual bool IsReleased => Volatile.Read(ref _uses) == 0;

    /// <summary>Tells who waits for the disposal, if that is done with.</summary>
    private protected void SignalReleased()
    {
        // Whoever waits is seen here, or sees that it is released.
        Interlocked.MemoryBarrier();
        if (IsReleased)
        {
            Volatile.Read(ref _drained)?.TrySetResult();
        }
    }

    /// <summary>Keeps the descriptor open for a use, beside the count. False where its owner has closed it.</summary>
    private protected virtual bool TryReference() => true;

    /// <summary>Takes back what <see cref="TryReference"/> did.</summary>
    private protected virtual void Unreference()
    {
    }

    /// <summary>It is disposed. Closes it, where it is ours: at once where it is idle, else when the last use has ended.</summary>
    private protected abstract void Close(bool isIdle);

    /// <summary>It is disposed, and a use has ended that was the last.</summary>
    private protected virtual void OnUnused()
    {
    }

    /// <summary>Counts a use that is not a request's.</summary>
    private protected void BeginUse() => Interlocked.Increment(ref _uses);

    private void EndUse()
    {
        if (Interlocked.Decrement(ref _uses) != 0)
        {
            return;
        }

        if (IsDisposed)
        {
            OnUnused();
            SignalReleased();
        }

        if (IsWatched)
        {
            Pump.OnIdle();
        }
    }
}
