using Microsoft.Win32.SafeHandles;

namespace UringSharp.Engine;

/// <summary>
/// A descriptor in use: what the engine, a stream and its operations share. A reference of the SafeHandle, taken for each use, keeps the
/// number from being closed and given to a stranger; the last one to let go closes.
/// </summary>
internal class IoHandle
{
    private readonly bool _ownsHandle;
    private int _pending;
    private int _disposed;
    private TaskCompletionSource? _drained;

    internal IoHandle(SafeFileHandle safeHandle, bool ownsHandle, string? path, Type owner, CompletionPump pump)
    {
        SafeHandle = safeHandle;
        _ownsHandle = ownsHandle;
        Path = path;
        Owner = owner;
        Pump = pump;

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

    /// <summary>Its unfinished operations. The leader's.</summary>
    internal OperationList<HandleNeighbours> Operations { get; } = new();

    /// <summary>Whether new requests are refused.</summary>
    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Takes a reference for one use.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    internal void Acquire()
    {
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

        ObjectDisposedException.ThrowIf(!taken, Owner);
        if (Pump.IsStopping)
        {
            Release();
            ObjectDisposedException.ThrowIf(true, typeof(UringContext));
        }
    }

    /// <summary>Gives the reference back.</summary>
    internal void Release() => SafeHandle.DangerousRelease();

    /// <summary>Counts an asynchronous operation, before it is handed to anyone.</summary>
    internal void BeginOperation() => Interlocked.Increment(ref _pending);

    /// <summary>The operation holds the descriptor no longer.</summary>
    internal virtual void EndOperation()
    {
        Release();
        if (Interlocked.Decrement(ref _pending) == 0 && IsDisposed)
        {
            Volatile.Read(ref _drained)?.TrySetResult();
        }
    }

    /// <summary>Refuses new requests, cancels what is pending, and drops the owner's reference. Waits for nothing.</summary>
    internal void Dispose()
    {
        // The full fence puts this before the count: an operation that was not counted yet will see the flag.
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        bool isIdle = Volatile.Read(ref _pending) == 0;
        if (_ownsHandle)
        {
            SafeHandle.Dispose();
        }

        if (!isIdle)
        {
            Pump.RequestEndOf(this);
        }
    }

    /// <summary>As <see cref="Dispose"/>; the task ends when no operation uses the descriptor any more.</summary>
    internal ValueTask DisposeAsync()
    {
        Dispose();
        if (Volatile.Read(ref _pending) == 0)
        {
            return default;
        }

        TaskCompletionSource drained = Volatile.Read(ref _drained)
            ?? Interlocked.CompareExchange(ref _drained, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null)
            ?? _drained;
        if (Volatile.Read(ref _pending) == 0)
        {
            drained.TrySetResult();
        }

        return new ValueTask(drained.Task);
    }
}
