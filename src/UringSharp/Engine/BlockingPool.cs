using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Engine;

/// <summary>
/// Threads of our own for system calls that may block in the kernel for as long as a disk, a server or a file system that hangs likes: neither the caller, nor the
/// .NET pool, nor a ring waits there. The code that awaits a call never runs here.
/// <para>
/// A few threads serve calls that the kernel answers from memory. More are started only when the oldest call in the queue has waited for a
/// millisecond: then as many as are stuck in their calls, and several times as many when all are, so that even a hundred calls on a file system
/// that hangs hold up another one for a few milliseconds only. Idle threads end after a while.
/// </para>
/// </summary>
internal sealed class BlockingPool
{
    /// <summary>So many calls may be stuck at once. Each takes a thread; a process that needs more than this has lost its file system, and waits.</summary>
    internal const int MaxThreads = 512;

    /// <summary>The name of its threads, at most 15 letters (pthread_setname_np(3)); those of a ring begin with "uring-".</summary>
    internal const string ThreadName = "uring blocking";

    /// <summary>Growth when every thread is stuck.</summary>
    private const int GrowthFactor = 4;

    /// <summary>Calls use little of it: no recursion, no user code.</summary>
    private const int StackSize = 512 * 1024;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);
    private static readonly long s_patience = Stopwatch.Frequency / 1000;

    private readonly Lock _lock = new();
    private readonly string _name;
    private readonly TimeSpan _idleTime;
    private readonly int _threadsAtOnce;
    private readonly List<Worker> _threads = [];
    private readonly List<Worker> _idle = [];
    private readonly ThreadSignal _watchSignal = new();
    private Watch _watch;
    private BlockingCall? _first;
    private BlockingCall? _last;
    private int _queued;

    internal BlockingPool(string name, TimeSpan idleTime, int threadsAtOnce)
    {
        _name = name;
        _idleTime = idleTime;
        _threadsAtOnce = threadsAtOnce;
    }

    private enum Watch
    {
        /// <summary>There is no watching thread.</summary>
        None,

        /// <summary>It sleeps: the queue was empty.</summary>
        Asleep,

        /// <summary>It looks at the queue each millisecond.</summary>
        Awake,
    }

    /// <summary>The library's own: what it must know and watch cannot wait behind calls that hang and have taken all threads of the other.</summary>
    internal static BlockingPool Housekeeping { get; } = new(ThreadName, TimeSpan.FromSeconds(5), threadsAtOnce: 2);

    /// <summary>The one of the process.</summary>
    internal static BlockingPool Shared { get; } = new(ThreadName, TimeSpan.FromSeconds(5), Environment.ProcessorCount + 2);

    /// <summary>Makes a call that yields something.</summary>
    /// <param name="call">The call. A static lambda: what it needs comes as <paramref name="state"/>.</param>
    /// <param name="state">What it needs.</param>
    /// <param name="cancellationToken">Ends the task at once; a call that has not begun never does, another's result is dropped.</param>
    /// <param name="late">Disposes of a result that comes too late.</param>
    /// <param name="mustBeMade">Whether it is made, and waited for, also where the event loop it is begun on ends.</param>
    internal ValueTask<TResult> RunAsync<TState, TResult>(
        Func<TState, TResult> call, TState state, CancellationToken cancellationToken, Action<TResult>? late = null, bool mustBeMade = false)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        }

        var item = BlockingCall<TState, TResult>.Start(this, call, state, late, mustBeMade, cancellationToken, out short version);
        return new ValueTask<TResult>(item, version);
    }

    /// <summary>Makes a call that yields nothing; <paramref name="call"/> answers whatever it likes.</summary>
    internal ValueTask RunVoidAsync<TState>(Func<TState, int> call, TState state, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var item = BlockingCall<TState, int>.Start(this, call, state, null, mustBeMade: false, cancellationToken, out short version);
        return new ValueTask(item, version);
    }

    /// <summary>Makes a call that opens something; what is opened too late is closed.</summary>
    internal ValueTask<SafeFileHandle> OpenAsync<TState>(Func<TState, SafeFileHandle> call, TState state, CancellationToken cancellationToken) =>
        RunAsync(call, state, cancellationToken, static handle => handle.Dispose());

    /// <summary>Puts a call at the end of the queue.</summary>
    internal void Queue(BlockingCall call)
    {
        Worker? woken = null;
        Worker? started = null;
        bool watches = false;
        lock (_lock)
        {
            Append(call);
            if (_idle.Count > 0)
            {
                // The one that has slept least: its caches are warm, and the others may end.
                woken = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                woken.IsIdle = false;
            }
            else if (_threads.Count < _threadsAtOnce)
            {
                started = new Worker(this);
                _threads.Add(started);
            }
            else
            {
                watches = _watch != Watch.Awake;
            }
        }

        woken?.Signal.Raise();
        if (started is not null)
        {
            Start(started);
        }

        if (watches)
        {
            WakeWatch();
        }
    }

    /// <summary>Takes a call out of the queue; false where it is not in there any more.</summary>
    internal bool TryRemove(BlockingCall call)
    {
        lock (_lock)
        {
            if (!call.IsQueued)
            {
                return false;
            }

            Unlink(call);
            return true;
        }
    }

    private void Append(BlockingCall call)
    {
        call.QueuedAt = Stopwatch.GetTimestamp();
        call.IsQueued = true;
        call.Previous = _last;
        if (_last is null)
        {
            _first = call;
        }
        else
        {
            _last.Next = call;
        }

        _last = call;
        _queued++;
    }

    private void Unlink(BlockingCall call)
    {
        if (call.Previous is null)
        {
            _first = call.Next;
        }
        else
        {
            call.Previous.Next = call.Next;
        }

        if (call.Next is null)
        {
            _last = call.Previous;
        }
        else
        {
            call.Next.Previous = call.Previous;
        }

        call.Next = null;
        call.Previous = null;
        call.IsQueued = false;
        _queued--;
    }

    private void Start(Worker worker)
    {
        try
        {
            new Thread(static self => ((Worker)self!).Work(), StackSize) { IsBackground = true, Name = _name }.UnsafeStart(worker);
        }
        catch (OutOfMemoryException)
        {
            lock (_lock)
            {
                _threads.Remove(worker);
            }

            // No thread can be started (memory, or the limit of tasks): somebody else must make the call.
            PoolQueue.Add(static pool => pool.RunFirst(), this);
        }
    }

    private void RunFirst()
    {
        BlockingCall? call;
        lock (_lock)
        {
            call = _first;
            if (call is not null)
            {
                Unlink(call);
            }
        }

        call?.Run();
    }

    /// <summary>The next call for a thread, which sleeps until there is one; null when it has slept long enough and shall end.</summary>
    private BlockingCall? Take(Worker worker)
    {
        long idleSince = 0;
        while (true)
        {
            uint seen;
            TimeSpan rest = _idleTime;
            lock (_lock)
            {
                long now = Stopwatch.GetTimestamp();
                if (_first is { } call)
                {
                    if (worker.IsIdle)
                    {
                        worker.IsIdle = false;
                        _idle.Remove(worker);
                    }

                    Unlink(call);
                    worker.CallStarted = now;
                    return call;
                }

                worker.CallStarted = 0;
                if (!worker.IsIdle)
                {
                    worker.IsIdle = true;
                    _idle.Add(worker);
                    idleSince = now;
                }
                else if ((rest = _idleTime - Stopwatch.GetElapsedTime(idleSince, now)) <= TimeSpan.Zero)
                {
                    _idle.Remove(worker);
                    _threads.Remove(worker);
                    return null;
                }

                seen = worker.Signal.Count;
            }

            worker.Signal.Wait(seen, rest);
        }
    }

    private void WakeWatch()
    {
        bool starts;
        lock (_lock)
        {
            if (_watch == Watch.Awake)
            {
                return;
            }

            starts = _watch == Watch.None;
            _watch = Watch.Awake;
        }

        if (!starts)
        {
            _watchSignal.Raise();
            return;
        }

        try
        {
            new Thread(static self => ((BlockingPool)self!).KeepWatch(), StackSize) { IsBackground = true, Name = _name }.UnsafeStart(this);
        }
        catch (OutOfMemoryException)
        {
            lock (_lock)
            {
                _watch = Watch.None;
            }

            PoolQueue.Add(static pool => pool.RunFirst(), this);
        }
    }

    /// <summary>Sees to it that calls do not wait behind threads that are stuck. Runs as long as there is a queue, and sleeps for a while after.</summary>
    private void KeepWatch()
    {
        while (true)
        {
            uint seen = _watchSignal.Count;
            _watchSignal.Wait(seen, s_tick);
            int missing;
            lock (_lock)
            {
                missing = MissingThreads();
                if (_first is null)
                {
                    _watch = Watch.Asleep;
                    seen = _watchSignal.Count;
                }
            }

            for (int i = 0; i < missing; i++)
            {
                Worker worker = new(this);
                lock (_lock)
                {
                    _threads.Add(worker);
                }

                Start(worker);
            }

            if (missing == 0 && !SleepWhileIdle(seen))
            {
                return;
            }
        }
    }

    /// <summary>Sleeps while the queue is empty. False when that has lasted long enough: the watching thread ends.</summary>
    private bool SleepWhileIdle(uint seen)
    {
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan rest = _idleTime - Stopwatch.GetElapsedTime(since);
            lock (_lock)
            {
                if (_watch == Watch.Awake)
                {
                    return true;
                }

                if (rest <= TimeSpan.Zero)
                {
                    _watch = Watch.None;
                    return false;
                }
            }

            _watchSignal.Wait(seen, rest);
        }
    }

    /// <summary>How many threads to start now. Under the lock.</summary>
    private int MissingThreads()
    {
        long now = Stopwatch.GetTimestamp();
        if (_first is null || now - _first.QueuedAt < s_patience)
        {
            return 0;
        }

        int stuck = 0;
        foreach (Worker worker in _threads)
        {
            if (worker.CallStarted != 0 && now - worker.CallStarted > s_patience)
            {
                stuck++;
            }
        }

        int wanted = stuck == _threads.Count ? Math.Max(stuck * GrowthFactor, _threadsAtOnce) : stuck + _threadsAtOnce;
        return Math.Max(0, Math.Min(Math.Min(wanted, MaxThreads) - _threads.Count, _queued));
    }

    /// <summary>One thread.</summary>
    private sealed class Worker(BlockingPool pool)
    {
        internal readonly ThreadSignal Signal = new();
        internal bool IsIdle;

        /// <summary>When it took the call it is in, by <see cref="Stopwatch"/>; 0 while it has none. Under the lock.</summary>
        internal long CallStarted;

        internal void Work()
        {
            while (pool.Take(this) is { } call)
            {
                call.Run();
            }
        }
    }
}
