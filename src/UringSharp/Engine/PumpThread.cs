using System.Diagnostics;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>One thread of a pump: its home, or a deputy.</summary>
internal sealed unsafe class PumpThread
{
    private const int SynchronousAnswersInARow = 128;
    private static readonly long s_synchronousTime = Stopwatch.Frequency / 1000;

    [ThreadStatic]
    private static PumpThread? t_current;

    // One word on the pinned heap: a thread that is late in waking another never writes to memory that became someone else's.
    private readonly uint[] _signal = GC.AllocateArray<uint>(1, pinned: true);
    private Thread? _thread;
    private string? _name;
    private ExecutionContext? _cleanContext;
    private LoopContext? _context;
    private int _synchronousAnswers;
    private long _synchronousSince;

    internal PumpThread(CompletionPump pump, int index)
    {
        Pump = pump;
        Index = index;
    }

    /// <summary>The pump thread this code runs on, or null.</summary>
    internal static PumpThread? Current => t_current;

    /// <summary>The pump it belongs to.</summary>
    internal CompletionPump Pump { get; }

    /// <summary>Its number in the pump; the home is 0.</summary>
    internal int Index { get; }

    /// <summary>Its kernel id.</summary>
    internal int ThreadId { get; private set; }

    /// <summary>Operations it submitted that the kernel has not answered; while there are any it must not exit (kernel fact R2). Changed by the leader alone.</summary>
    internal int InFlight { get; set; }

    /// <summary>What flows to a continuation that brings nothing of its own.</summary>
    internal ExecutionContext CleanContext => _cleanContext!;

    /// <summary>How often it was looked at while overtaken; see the retreat of <see cref="CompletionPump"/>.</summary>
    internal int Inspections { get; set; }

    /// <summary>Whether the last look found it in uninterruptible sleep.</summary>
    internal bool WasUninterruptible { get; set; }

    /// <summary>A number that changes with each <see cref="Signal"/>: read it, check the condition, then wait for it to change.</summary>
    internal uint Signals => Volatile.Read(ref _signal[0]);

    private uint* SignalAddress
    {
        get
        {
            // SAFETY: the array lies on the pinned heap, so its address holds as long as this object is reachable.
            fixed (uint* address = _signal)
            {
                return address;
            }
        }
    }

    /// <summary>Called on the thread itself when it begins.</summary>
    internal void Enter()
    {
        t_current = this;
        ThreadId = NativeMethods.ThreadId();
        _thread = Thread.CurrentThread;
        _name = _thread.Name;
        _cleanContext = ExecutionContext.Capture();
    }

    /// <summary>Called on the thread that begins an event loop. Returns what it was before.</summary>
    internal PumpThread? EnterLoop(LoopContext context)
    {
        PumpThread? outer = t_current;
        Enter();
        _context = context;
        return outer;
    }

    /// <summary>The event loop on this thread has ended.</summary>
    internal void LeaveLoop(PumpThread? outer)
    {
        t_current = outer;
        _thread = null;
        _cleanContext = null;
    }

    /// <summary>Undoes what user code may have left behind on this thread, so that the next continuation finds a clean one.</summary>
    internal void RestoreCleanState()
    {
        CleanThread.Restore(_cleanContext, _context);
        if (_context is not null)
        {
            // A loop's thread is its caller's, as is how it is called.
            return;
        }

        if (!ReferenceEquals(_thread!.Name, _name))
        {
            _thread.Name = _name;
        }

        if (!_thread.IsBackground)
        {
            _thread.IsBackground = true;
        }

        if (_thread.Priority != ThreadPriority.Normal)
        {
            _thread.Priority = ThreadPriority.Normal;
        }
    }

    /// <summary>Wakes it from <see cref="WaitForSignal"/>.</summary>
    internal void Signal()
    {
        Interlocked.Increment(ref _signal[0]);

        // SAFETY: the address is valid, see SignalAddress; the kernel only compares it.
        _ = NativeMethods.FutexWake(SignalAddress, 1);
    }

    /// <summary>Sleeps until <see cref="Signals"/> differs from the number seen, or the time is over, or for no reason.</summary>
    internal void WaitForSignal(uint seen, long timeoutNanoseconds)
    {
        // SAFETY: the address is valid, see SignalAddress; this object is on the stack of the thread that sleeps.
        _ = NativeMethods.FutexWait(SignalAddress, seen, timeoutNanoseconds);
    }

    /// <summary>A continuation begins here.</summary>
    internal void BeginContinuation() => _synchronousAnswers = 0;

    /// <summary>
    /// Counts an answer that needs no waiting. True when the continuation that runs here has had so many in a row that the next one
    /// should go through the dispatcher, so that others get their turn.
    /// </summary>
    internal bool CountSynchronousAnswer()
    {
        _synchronousAnswers++;
        if ((_synchronousAnswers & 7) != 0)
        {
            return false;
        }

        long now = Stopwatch.GetTimestamp();
        if (_synchronousAnswers == 8)
        {
            // Few continuations get this far: looking at the clock costs as much as a short one does.
            _synchronousSince = now;
        }

        return _synchronousAnswers >= SynchronousAnswersInARow || now - _synchronousSince > s_synchronousTime;
    }
}
