namespace UringSharp.Engine;

/// <summary>
/// A thread of the .NET pool at work on transfers. What the code after one transfer starts next is kept and made by the same thread when that code returns: queueing it
/// would wake another thread for it, which costs more than the transfer. Where that code does not return soon, the kept transfer is given to the pool after all.
/// <para>
/// Each thread shows what it is at, so that a device is known on which transfers are stuck: its file system hangs, or its disk does. Further transfers there must not
/// take the pool's other threads as well; the blocking pool has threads for them.
/// </para>
/// </summary>
internal sealed class TransferThread
{
    /// <summary>So many in a row; then others in the pool's queue have their turn.</summary>
    private const int MaxChain = 32;

    /// <summary>What is longer takes longer than waking a thread for it, and runs beside the code that starts it.</summary>
    private const long MaxKept = 128 * 1024;

    /// <summary>Longer than any disk takes for one request in good health.</summary>
    private const long StallMilliseconds = 20;

    private static readonly Lock s_lock = new();
    private static WeakReference<TransferThread>[] s_threads = [];
    private static ulong[] s_stalled = [];
    private static long s_lookedAt;
    private static int s_isWatched;

    [ThreadStatic]
    private static TransferThread? t_current;

    private ulong _device;
    private long _since;
    private bool _isInUserCode;
    private Operation? _kept;
    private uint _keptCount;
    private uint _keptCountSeen;

    /// <summary>Whether this is the code after a transfer: what it starts next is made by this thread when it returns.</summary>
    internal static bool RunsUserCodeHere => t_current is { _isInUserCode: true };

    /// <summary>Has a transfer made by the thread pool.</summary>
    internal static void Start(Operation transfer, long length)
    {
        if (length > MaxKept || t_current is not { _isInUserCode: true } thread || !thread.TryKeep(transfer))
        {
            PoolQueue.Add(transfer, preferLocal: true);
        }
    }

    /// <summary>Makes a transfer and completes its task, and then what was kept meanwhile. By a thread of the pool.</summary>
    internal static void Run(Operation transfer)
    {
        var thread = t_current ??= Register();
        var clean = ExecutionContext.Capture();
        for (int i = 1; ; i++)
        {
            if (!thread.TryEnter(transfer))
            {
                BlockingPool.Shared.Queue(new StalledTransfer(transfer));
                return;
            }

            transfer.RunHere();
            Volatile.Write(ref thread._since, 0);
            if (transfer.Pump is { IsLoop: true } loop)
            {
                loop.DeliverFromOutside(transfer);
            }
            else
            {
                thread._isInUserCode = true;
                transfer.Resolve();
                thread._isInUserCode = false;
            }

            if (thread.TakeKept() is not { } next)
            {
                return;
            }

            if (i == MaxChain)
            {
                PoolQueue.Add(next);
                return;
            }

            CleanThread.Restore(clean);
            transfer = next;
        }
    }

    private static TransferThread Register()
    {
        TransferThread thread = new();
        lock (s_lock)
        {
            // Those of threads that have ended are gone with them.
            s_threads = [.. s_threads.Where(static reference => reference.TryGetTarget(out _)), new WeakReference<TransferThread>(thread)];
        }

        return thread;
    }

    /// <summary>
    /// The thread begins a transfer on a device. False where it must not: a server may stand behind the device, which may hang, or transfers are stuck there.
    /// Costs a look at the clock; the other threads are looked at once in a millisecond.
    /// </summary>
    private bool TryEnter(Operation transfer)
    {
        IoHandle handle = transfer.Handle!;
        long now = Environment.TickCount64;
        if (now != Volatile.Read(ref s_lookedAt))
        {
            LookForStalled(now);
        }

        ulong[] stalled = Volatile.Read(ref s_stalled);
        if ((stalled.Length != 0 && stalled.Contains(handle.Device)) || !handle.IsLocal)
        {
            return false;
        }

        _device = handle.Device;
        Volatile.Write(ref _since, transfer.TakesLong ? 0 : now);
        return true;
    }

    private static void LookForStalled(long now)
    {
        List<ulong>? stalled = null;
        foreach (WeakReference<TransferThread> reference in Volatile.Read(ref s_threads))
        {
            if (reference.TryGetTarget(out TransferThread? thread) && Volatile.Read(ref thread._since) is not 0 and var since && now - since > StallMilliseconds)
            {
                (stalled ??= []).Add(thread._device);
            }
        }

        if (stalled is not null || Volatile.Read(ref s_stalled).Length != 0)
        {
            Volatile.Write(ref s_stalled, stalled is null ? [] : [.. stalled]);
        }

        Volatile.Write(ref s_lookedAt, now);
    }

    /// <summary>Keeps a transfer for when the code that starts it has returned. False where there is one already: both shall run at once.</summary>
    private bool TryKeep(Operation transfer)
    {
        // Only this thread puts one there.
        if (_kept is not null)
        {
            return false;
        }

        _keptCount++;

        // A full fence: either the watch, which says that it ends and looks again, sees the transfer, or this sees that it has ended.
        Interlocked.Exchange(ref _kept, transfer);
        if (Volatile.Read(ref s_isWatched) == 0 && Interlocked.CompareExchange(ref s_isWatched, 1, 0) == 0)
        {
            BlockingPool.Housekeeping.Queue(new Watch());
        }

        return true;
    }

    /// <summary>Takes what is kept; by its thread, or by the watch.</summary>
    private Operation? TakeKept() => Volatile.Read(ref _kept) is null ? null : Interlocked.Exchange(ref _kept, null);

    /// <summary>Gives to the pool what code that does not return keeps from running. Looks each millisecond while transfers are kept, and for a while after.</summary>
    private sealed class Watch : BlockingCall
    {
        private const int QuietTicks = 50;

        /// <inheritdoc/>
        internal override void Run()
        {
            for (int quiet = 0; quiet < QuietTicks; quiet++)
            {
                Thread.Sleep(1);
                if (Look())
                {
                    quiet = 0;
                }
                else if (quiet == QuietTicks - 1)
                {
                    Interlocked.Exchange(ref s_isWatched, 0);
                    if (IsAnyKept() && Interlocked.CompareExchange(ref s_isWatched, 1, 0) == 0)
                    {
                        quiet = 0;
                    }
                }
            }
        }

        /// <summary>True where a transfer was kept since the last look.</summary>
        private static bool Look()
        {
            bool isActive = false;
            foreach (WeakReference<TransferThread> reference in Volatile.Read(ref s_threads))
            {
                if (!reference.TryGetTarget(out TransferThread? thread))
                {
                    continue;
                }

                uint count = Volatile.Read(ref thread._keptCount);
                if (count != thread._keptCountSeen)
                {
                    thread._keptCountSeen = count;
                    isActive = true;
                }
                else if (thread.TakeKept() is { } stuck)
                {
                    // The same one as a millisecond ago.
                    PoolQueue.Add(stuck);
                    isActive = true;
                }
            }

            return isActive;
        }

        private static bool IsAnyKept() => Array.Exists(
            Volatile.Read(ref s_threads), static reference => reference.TryGetTarget(out TransferThread? thread) && Volatile.Read(ref thread._kept) is not null);
    }
}
