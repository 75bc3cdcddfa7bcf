using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <content>Who leads: the home, deputies, the monitor, and how the lead passes between them.</content>
internal sealed partial class CompletionPump
{
    /// <summary>
    /// Threads a pump may have beside its home. They come one at a time, each when a continuation has overstayed by a millisecond, and go when idle;
    /// so many that code which blocks on every turn, or waits synchronously for other operations, does not depend on the thread pool's growth.
    /// </summary>
    internal const int MaxDeputies = 64;

    private const long NoLimit = -1;
    private const long TickNanoseconds = 1_000_000;
    private const long IdleDeputyLifetimeNanoseconds = 5_000_000_000;

    /// <summary>A busy pump's turns may lie this many ticks apart without the cost of waking the monitor each time.</summary>
    private const int QuietTicksBeforeParking = 3;

    /// <summary>Code that has computed, or slept, for so many ticks is not looked at any more: the monitor must be able to park.</summary>
    private const int InspectionsOfOvertaken = 1_000;

    private readonly PumpThread _home;
    private readonly Lock _threadsLock = new();
    private readonly List<PumpThread> _idle = [];
    private readonly List<PumpThread> _deputies = [];
    private readonly List<PumpThread> _overtaken = [];

    /// <summary>
    /// Who leads, in which turn, and whether user code runs: turn &lt;&lt; 17 | thread &lt;&lt; 1 | user code. Leaving user code and being overtaken are
    /// both a compare-and-swap from the same value, so exactly one of them happens.
    /// </summary>
    private long _lead;

    private PumpThread? _monitor;
    private int _monitorParked;
    private int _homeWaits;
    private int _nextIndex = 1;
    private bool _hasRetreated;

    private static bool IsInUserCode(long lead) => (lead & 1) != 0;

    private static int LeaderIndex(long lead) => (int)(lead >> 1) & 0xFFFF;

    private static long NextTerm(long lead, PumpThread thread, bool inUserCode) =>
        (((lead >> 17) + 1) << 17) | ((long)thread.Index << 1) | (inUserCode ? 1L : 0L);

    private static void Start(PumpThread thread, string name)
    {
        Thread worker = new(static state => ((PumpThread)state!).Pump.ThreadMain((PumpThread)state))
        {
            IsBackground = true,
            Name = name,
        };
        worker.UnsafeStart(thread);
    }

    private void ThreadMain(PumpThread thread)
    {
        thread.Enter();
        while (thread == _home ? AwaitLead(thread) : Follow(thread))
        {
            Lead(thread);
            lock (_threadsLock)
            {
                _overtaken.Remove(thread);
            }
        }
    }

    // ---- the lead ----

    private long EnterUserCode(PumpThread thread)
    {
        long user = NextTerm(_lead, thread, inUserCode: true);

        // A full fence: either the monitor, about to park, sees the user code, or we see that it is parked.
        Interlocked.Exchange(ref _lead, user);
        if (Volatile.Read(ref _monitorParked) != 0 && Interlocked.Exchange(ref _monitorParked, 0) != 0)
        {
            Volatile.Read(ref _monitor)?.Signal();
        }

        return user;
    }

    private bool TryLeaveUserCode(PumpThread thread, long user) =>
        Interlocked.CompareExchange(ref _lead, NextTerm(user, thread, inUserCode: false), user) == user;

    /// <summary>The leader, outside user code, passes the lead on.</summary>
    private void GiveLeadTo(PumpThread thread)
    {
        Interlocked.Exchange(ref _lead, NextTerm(_lead, thread, inUserCode: false));
        thread.Signal();
    }

    /// <summary>The home asks for the lead, which it has by birth, and waits until it has it. False when the pump has ended.</summary>
    private bool AwaitLead(PumpThread home)
    {
        Interlocked.Exchange(ref _homeWaits, 1);
        WakeLeader();
        while (true)
        {
            uint seen = home.Signals;
            if (Volatile.Read(ref _ended))
            {
                return false;
            }

            if (LeaderIndex(Volatile.Read(ref _lead)) == home.Index)
            {
                // Withdrawn by the home alone, so that it can never be a later request that is withdrawn.
                Volatile.Write(ref _homeWaits, 0);
                return true;
            }

            home.WaitForSignal(seen, NoLimit);
        }
    }

    // ---- deputies ----

    /// <summary>A deputy waits for work: as the monitor, or idle behind it. True when it leads, false when it is to exit.</summary>
    private bool Follow(PumpThread thread)
    {
        lock (_threadsLock)
        {
            if (_monitor is null)
            {
                Volatile.Write(ref _monitor, thread);
            }
            else if (_monitor != thread)
            {
                _idle.Add(thread);
            }
        }

        return AwaitPromotion(thread) && Monitor(thread);
    }

    /// <summary>Waits until the thread is the monitor. False when it is to exit: the pump has ended, or it has been idle for long and nothing of it is in flight.</summary>
    private bool AwaitPromotion(PumpThread thread)
    {
        bool mayExit = false;
        while (true)
        {
            uint seen = thread.Signals;
            if (Volatile.Read(ref _ended))
            {
                return false;
            }

            lock (_threadsLock)
            {
                if (_monitor == thread)
                {
                    return true;
                }

                if (mayExit && thread.InFlight == 0)
                {
                    _deputies.Remove(thread);
                    _idle.Remove(thread);
                    return false;
                }
            }

            if (mayExit)
            {
                // Operations it submitted are in flight: the leader signals when the last of them has ended. No tick meanwhile.
                thread.WaitForSignal(seen, NoLimit);
            }
            else
            {
                thread.WaitForSignal(seen, IdleDeputyLifetimeNanoseconds);
                mayExit = seen == thread.Signals;
            }
        }
    }

    private void DismissThreads()
    {
        lock (_threadsLock)
        {
            foreach (PumpThread deputy in _deputies)
            {
                deputy.Signal();
            }

            _home.Signal();
        }
    }

    /// <summary>Sees to it that there is a monitor: promotes an idle deputy, or starts one, up to the cap. Returns whether there is one.</summary>
    private bool EnsureMonitor()
    {
        if (Volatile.Read(ref _monitor) is not null)
        {
            return true;
        }

        lock (_threadsLock)
        {
            if (_monitor is not null || _ended)
            {
                return _monitor is not null;
            }

            if (_idle.Count > 0)
            {
                // The one that has been idle for the shortest time, so that the others may go.
                PumpThread deputy = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                Volatile.Write(ref _monitor, deputy);
                deputy.Signal();
                return true;
            }

            if (_deputies.Count >= MaxDeputies)
            {
                return false;
            }

            PumpThread thread = new(this, _nextIndex);
            _nextIndex = _nextIndex == 0xFFFF ? 1 : _nextIndex + 1;
            try
            {
                // It runs when this returns, so it can be counted on from here.
                Start(thread, _name + "-deputy");
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                // No more threads here: without a monitor the pump dispatches to the pool, and a later batch tries again.
                return false;
            }

            _deputies.Add(thread);
            Volatile.Write(ref _monitor, thread);
            return true;
        }
    }

    // ---- the monitor ----

    /// <summary>Ticks while user code runs on the pump. True when this thread has taken the lead, false when the pump has ended.</summary>
    private bool Monitor(PumpThread thread)
    {
        long seenLead = -1;
        int quietTicks = 0;
        while (true)
        {
            uint seen = thread.Signals;
            if (Volatile.Read(ref _ended))
            {
                return false;
            }

            long lead = Volatile.Read(ref _lead);
            if (IsInUserCode(lead) && lead == seenLead && TryTakeOver(thread, lead))
            {
                return true;
            }

            bool inspects = InspectOvertaken();
            quietTicks = lead == seenLead && !IsInUserCode(lead) && !inspects ? quietTicks + 1 : 0;
            seenLead = lead;
            if (quietTicks < QuietTicksBeforeParking)
            {
                thread.WaitForSignal(seen, TickNanoseconds);
                continue;
            }

            quietTicks = 0;
            Interlocked.Exchange(ref _monitorParked, 1);
            if (IsInUserCode(Volatile.Read(ref _lead)))
            {
                Volatile.Write(ref _monitorParked, 0);
                continue;
            }

            thread.WaitForSignal(seen, NoLimit);
            Volatile.Write(ref _monitorParked, 0);
        }
    }

    /// <summary>Takes the lead from a thread whose user code overstays, for the home if it is free, else for this thread. True in the latter case.</summary>
    private bool TryTakeOver(PumpThread monitor, long lead)
    {
        if (_mode == ContinuationMode.Inline && Volatile.Read(ref _stopRequested) == 0)
        {
            return false;
        }

        PumpThread successor = Volatile.Read(ref _homeWaits) != 0 ? _home : monitor;
        lock (_threadsLock)
        {
            if (Interlocked.CompareExchange(ref _lead, NextTerm(lead, successor, inUserCode: false), lead) != lead)
            {
                return false;
            }

            _takeovers++;
            PumpThread overtaken = FindThread(LeaderIndex(lead));
            overtaken.Inspections = 0;
            overtaken.WasUninterruptible = false;
            _overtaken.Add(overtaken);
            if (successor == monitor)
            {
                Volatile.Write(ref _monitor, null);
            }
        }

        InspectOvertaken();
        if (successor == monitor)
        {
            EnsureMonitor();
            return true;
        }

        successor.Signal();
        return false;
    }

    private PumpThread FindThread(int index)
    {
        foreach (PumpThread deputy in _deputies)
        {
            if (deputy.Index == index)
            {
                return deputy;
            }
        }

        return _home;
    }

    /// <summary>
    /// Looks whether an overtaken thread is in uninterruptible sleep (fsync, vfork). The kernel then completes and cancels nothing that this thread
    /// submitted (kernel fact R10), and no takeover helps: from now on no user code runs on submitting threads. True while
    /// there is somebody to look at.
    /// </summary>
    private bool InspectOvertaken()
    {
        if (_hasRetreated)
        {
            return false;
        }

        bool inspects = false;
        PumpThread? uninterruptible = null;
        lock (_threadsLock)
        {
            foreach (PumpThread thread in _overtaken)
            {
                if (++thread.Inspections > InspectionsOfOvertaken)
                {
                    continue;
                }

                inspects = true;
                bool isUninterruptible = NativeMethods.ThreadState(thread.ThreadId) == 'D';
                if (isUninterruptible && thread.WasUninterruptible)
                {
                    // Twice in a row: a page fault served by the disk is not meant.
                    uninterruptible = thread;
                }

                thread.WasUninterruptible = isUninterruptible;
            }
        }

        if (uninterruptible is not null)
        {
            Volatile.Write(ref _hasRetreated, true);

            // Outside the lock: listeners of the event are user code.
            UringEventSource.Log.Retreated(_name, uninterruptible.ThreadId);
        }

        return inspects;
    }
}
