using Microsoft.Win32.SafeHandles;

namespace UringSharp.Engine;

/// <summary>
/// A descriptor in use: what the engine, a stream and its operations share. A reference of the SafeHandle, taken for each use, keeps the
/// number from being closed and given to a stranger; the last one to let go closes.
/// </summary>
internal class IoHandle
{
    private readonly bool _ownsHandle;
    private int _uses;
    private bool _isLocal;
    private int _disposed;
    private TaskCompletionSource? _drained;

    internal IoHandle(SafeFileHandle safeHandle, bool ownsHandle, string? path, Type owner, CompletionPump pump, ulong device = 0)
    {
        SafeHandle = safeHandle;
        _ownsHandle = ownsHandle;
        Path = path;
        Owner = owner;
        Pump = pump;
        Device = device;

        // The number alone; each use takes its own reference first.
        Descriptor = (int)safeHandle.DangerousGetHandle();
    }

    /// <summary>The descriptor's owner.</summary>
    internal SafeFileHandle SafeHandle { get; }

    /// <summary>The descriptor.</summary>
    internal int Descriptor { get; }

    /// <summary>The path it was opened by, where known.</summary>
    internal string? Path { get; }

    /// <summary>The public type it serves, for ObjectDisposedException.</summary>
    internal Type Owner { get; }

    /// <summary>The pump all its operations go through.</summary>
    internal CompletionPump Pump { get; }

    /// <summary>The device a file lies on; 0 for a pipe.</summary>
    internal ulong Device { get; }

    /// <summary>Whether its device is known to be local. That stays true: as long as the file is open its device is no other's.</summary>
    internal bool IsLocal
    {
        get
        {
            if (!_isLocal && LocalDevices.Known.Contains(Device))
            {
                _isLocal = true;
            }

            return _isLocal;
        }
    }

    /// <summary>Its unfinished operations. The leader's.</summary>
    internal OperationList<HandleNeighbours> Operations { get; } = new();

    /// <summary>Whether the pump's end waits for it, see <see cref="CompletionPump.TryWatch"/>.</summary>
    internal bool IsWatched { get; set; }

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
        bool taken = false;
        if (!IsDisposed)
        {
            try
            {
                SafeHandle.DangerousAddRef(ref taken);
            }
            catch (ObjectDisposedException)
            {
                // Closed under us, by its owner: reported below under the name the caller knows.
            }
        }

        if (!taken)
        {
            EndUse();
            ObjectDisposedException.ThrowIf(true, Owner);
        }

        if (Pump.IsStopping)
        {
            ReleaseHere();
            ObjectDisposedException.ThrowIf(true, typeof(UringContext));
        }
    }

    /// <summary>Ends a use.</summary>
    internal virtual void Release() => ReleaseHere();

    /// <summary>Ends a use on this thread, which may have to close the descriptor.</summary>
    internal void ReleaseHere()
    {
        SafeHandle.DangerousRelease();
        EndUse();
    }

    private void EndUse()
    {
        if (Interlocked.Decrement(ref _uses) != 0)
        {
            return;
        }

        if (IsDisposed)
        {
            Volatile.Read(ref _drained)?.TrySetResult();
        }

        if (IsWatched)
        {
            Pump.OnIdle();
        }
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
        if (_ownsHandle)
        {
            Close();
        }

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

    /// <summary>Lets go of a use on a thread that may wait: closing may ask a server, which may hang.</summary>
    private protected void ReleaseOnBlockingPool() => BlockingPool.Shared.Queue(new HandleRelease(this));

    /// <summary>Whether closing may ask a server.</summary>
    private protected bool ClosesSlowly => Device != 0 && !IsLocal;

    private void Close()
    {
        bool taken = false;
        if (ClosesSlowly)
        {
            try
            {
                SafeHandle.DangerousAddRef(ref taken);
                Interlocked.Increment(ref _uses);
            }
            catch (ObjectDisposedException)
            {
                // Closed already, by its owner.
            }
        }

        SafeHandle.Dispose();
        if (taken)
        {
            ReleaseOnBlockingPool();
        }
    }

    /// <summary>As <see cref="Dispose"/>; the task ends when nothing uses the descriptor any more.</summary>
    internal ValueTask DisposeAsync()
    {
        Dispose();
        if (Volatile.Read(ref _uses) == 0)
        {
            return default;
        }

        TaskCompletionSource drained = Volatile.Read(ref _drained)
            ?? Interlocked.CompareExchange(ref _drained, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null)
            ?? _drained;
        if (Volatile.Read(ref _uses) == 0)
        {
            drained.TrySetResult();
        }

        return new ValueTask(drained.Task);
    }
}
