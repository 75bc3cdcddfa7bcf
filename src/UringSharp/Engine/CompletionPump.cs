using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using UringSharp.Interop;

namespace UringSharp.Engine;

/// <summary>
/// Drives one ring. One thread at a time is the leader: it takes what other threads hand over, submits, waits, reaps, and runs
/// continuations itself. Only the leader touches the ring, the slots and the lists.
/// <para>
/// The home thread leads by birth. While it runs user code, a monitor looks after it; when a continuation overstays, another thread of the pump takes
/// the lead, and the home takes it back at its next turn (CompletionPump.Threads.cs). What user code runs where is decided in
/// CompletionPump.Dispatch.cs, what the leader does in CompletionPump.Leader.cs.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A source without a timer has nothing to dispose of.")]
internal sealed partial class CompletionPump
{
    private readonly Ring _ring;
    private readonly WakeEvent _wakeEvent;
    private readonly ContinuationMode _mode;
    private readonly ConcurrentQueue<IoHandle> _attention = new();
    private readonly ConcurrentQueue<Operation> _ready = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _name;

    private OperationQueue<SubmissionLink> _submissions;
    private OperationQueue<CancellationLink> _cancellations;
    private int _sleeping;
    private readonly CancellationTokenSource _stopping = new();
    private int _stopRequested;
    private readonly List<WeakReference<IoHandle>> _watched = [];
    private int _watchedUntilCleanUp = 64;
    private bool _ended;

    /// <summary>Creates the ring and starts the home thread; or, for a loop, takes the calling thread for it.</summary>
    internal CompletionPump(string name, UringBackend backend, int queueDepth, ContinuationMode mode, TimeSpan busyPoll, LoopContext? loopContext = null, TimeSpan stallTime = default)
    {
        LoopContext = loopContext;
        _stallTime = (long)(stallTime.TotalSeconds * Stopwatch.Frequency);
        _busyPoll = (long)(busyPoll.TotalSeconds * Stopwatch.Frequency);
        _name = name;
        _mode = mode;
        _ring = Ring.Create(backend, queueDepth, isOfOneThread: IsLoop);
        try
        {
            _wakeEvent = new WakeEvent();
        }
        catch
        {
            _ring.Destroy();
            throw;
        }

        _slots = new SlotTable(Math.Min(queueDepth, 256));
        _spillHelper = new SpillHelper(this);
        _poolHelper = new PoolHelper(this);
        _home = new PumpThread(this, 0);
        if (loopContext is not null)
        {
            loopContext.Pump = this;
            UringMetrics.Add(this);
            return;
        }

        try
        {
            UringMetrics.Add(this);
            Start(_home, name);
        }
        catch (Exception e)
        {
            UringMetrics.Remove(this);
            try
            {
                if (e is OutOfMemoryException)
                {
                    ThrowIfFewDescriptors();
                    throw new IOException(
                        "A ring needs a thread, and none can be started: this user has as many as are allowed (RLIMIT_NPROC, ulimit -u), or this control group (pids.max), or there is no memory.",
                        Errno.EAGAIN);
                }
            }
            finally
            {
                _wakeEvent.Close();
                _ring.Destroy();
            }

            throw;
        }
    }

    /// <summary>Its name, in events and of its threads.</summary>
    internal string Name => _name;

    /// <summary>What drives it.</summary>
    internal UringBackend Backend => _ring.Backend;

    /// <summary>Whether files are read and written by the thread pool, since there is no io_uring.</summary>
    internal bool IsPortable => Backend == UringBackend.Portable;

    /// <summary>Ends when the pump has: every operation answered, the ring unmapped.</summary>
    internal Task Stopped => _stopped.Task;

    /// <summary>Cancelled when the end is asked for.</summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Whether the end was asked for: nothing new is begun.</summary>
    internal bool IsStopping => Volatile.Read(ref _stopRequested) != 0;

    /// <summary>The exception for what is asked of it, or pending, when it ends.</summary>
    internal ObjectDisposedException Disposed() => IsLoop ? LoopDisposed(HasEnded) : new ObjectDisposedException(typeof(UringContext).FullName);

    /// <summary>As <see cref="Disposed"/>, of an event loop.</summary>
    internal static ObjectDisposedException LoopDisposed(bool hasEnded) => new(
        typeof(UringLoop).FullName,
        hasEnded ? "The event loop has ended." : "The event loop is ending: it takes no new operations, and those that were pending have been ended.");

    /// <summary>Takes an operation from any thread. It is refused, and ended, when the pump is closing.</summary>
    internal void Submit(Operation operation)
    {
        if (IsLoop && PumpThread.Current == _home && !IsStopping)
        {
            // The loop's own code, on the thread that leads for ever.
            operation.Handle?.Operations.Add(operation);
            Queue(operation);
            return;
        }

        if (UringMetrics.MeasuresQueueDelay)
        {
            BeginTiming(operation);
        }

        if (_submissions.TryPush(operation))
        {
            WakeLeader();
            return;
        }

        Interlocked.CompareExchange(ref _timed, null, operation);

        operation.TrySetCause(CancellationCause.ContextDisposed);
        operation.EndEarly();
        operation.LetGo();
        DeliverRefused(operation);
    }

    /// <summary>An operation was refused, and has let go of everything: its task ends where code of its awaiter may run.</summary>
    internal void DeliverRefused(Operation operation)
    {
        if (IsLoop)
        {
            Deliver(operation);
        }
        else
        {
            PoolQueue.Add(operation);
        }
    }

    /// <summary>Takes the wish to cancel an operation, and a reference to it. False when the pump has ended: the reference stays with the caller.</summary>
    internal bool RequestCancellation(Operation operation)
    {
        if (!_cancellations.TryPush(operation))
        {
            return false;
        }

        WakeLeader();
        return true;
    }

    /// <summary>Has the leader look at a handle, from any thread: <see cref="IoHandle.OnAttention"/>.</summary>
    internal void RequestAttention(IoHandle handle)
    {
        _attention.Enqueue(handle);
        Interlocked.MemoryBarrier();
        WakeLeader();
    }

    /// <summary>Hands a finished operation to the dispatcher, from any thread: its continuation does not run inside this call.</summary>
    internal void Deliver(Operation operation)
    {
        _ready.Enqueue(operation);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _ended))
        {
            // The leader publishes its end before it empties the queue for the last time: one of the two finds the operation.
            DispatchToPool();
        }
        else
        {
            WakeLeader();
        }
    }

    /// <summary>
    /// Sees to it that the end waits for a handle's calls outside the ring as well; they have acquired it. False where the end was asked for.
    /// </summary>
    internal bool TryWatch(IoHandle handle)
    {
        if (!handle.IsWatched)
        {
            lock (_watched)
            {
                if (_watched.Count >= _watchedUntilCleanUp)
                {
                    _watched.RemoveAll(static reference => !reference.TryGetTarget(out _));
                    _watchedUntilCleanUp = Math.Max(64, 2 * _watched.Count);
                }

                _watched.Add(new WeakReference<IoHandle>(handle));
            }

            handle.IsWatched = true;

            // After the entry: the leader looks at the entries when it has seen the end asked for. Later callers have counted their use behind it, with a fence.
            Interlocked.MemoryBarrier();
        }

        return !IsStopping;
    }

    /// <summary>A handle is not in use any more. Whether or not the leader has announced its sleep: it looks before that only.</summary>
    internal void OnIdle()
    {
        if (IsStopping)
        {
            _wakeEvent.Signal();
        }
    }

    private bool HasCallsOutside()
    {
        lock (_watched)
        {
            return _watched.Exists(static reference => reference.TryGetTarget(out IoHandle? handle) && handle.IsInUse);
        }
    }

    /// <summary>Asks the pump to refuse new work, cancel everything and end. Does not wait.</summary>
    internal void RequestStop()
    {
        if (Interlocked.Exchange(ref _stopRequested, 1) == 0)
        {
            // Its callbacks run on the pool: nobody's code inside this call.
            _ = _stopping.CancelAsync();
            WakeLeader();
            if (_mode == ContinuationMode.Inline && !IsLoop && IsInUserCode(Volatile.Read(ref _lead)))
            {
                // Elsewhere a leader in user code has its monitor already. The end waits for no user code, in no mode.
                EnsureMonitor();
            }
        }
    }

    /// <summary>The runtime says "out of memory" whatever stood in the way of a thread. It needs a few descriptors for one: where they lack, this says so.</summary>
    internal static void ThrowIfFewDescriptors(int enough = 4)
    {
        List<WakeEvent> events = [];
        try
        {
            while (events.Count < enough)
            {
                events.Add(new WakeEvent());
            }
        }
        finally
        {
            events.ForEach(static wakeEvent => wakeEvent.Close());
        }
    }

    /// <summary>
    /// Ends the leader's sleep, if it sleeps. The caller has published what it brings, with a full fence behind it; the leader publishes that it
    /// sleeps, with a full fence behind it, and looks again. One of the two sees the other.
    /// </summary>
    private void WakeLeader()
    {
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            Interlocked.Increment(ref _wakeUps);
            _wakeEvent.Signal();
        }
    }
}
