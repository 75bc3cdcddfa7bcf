using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>Where one thread sleeps until another wakes it: a futex(2).</summary>
internal sealed unsafe class ThreadSignal
{
    // One word on the pinned heap: a thread that is late in waking another never writes to memory that became someone else's.
    private readonly uint[] _word = GC.AllocateArray<uint>(1, pinned: true);

    /// <summary>A number that changes with each <see cref="Raise"/>: read it, check the condition, then wait for it to change.</summary>
    internal uint Count => Volatile.Read(ref _word[0]);

    private uint* Address
    {
        get
        {
            // SAFETY: the array lies on the pinned heap, so its address holds as long as this object is reachable.
            fixed (uint* address = _word)
            {
                return address;
            }
        }
    }

    /// <summary>Wakes whoever sleeps in <see cref="Wait"/>.</summary>
    internal void Raise()
    {
        Interlocked.Increment(ref _word[0]);

        // SAFETY: the address is valid, see Address; the kernel only compares it.
        _ = NativeMethods.FutexWake(Address, 1);
        GC.KeepAlive(this);
    }

    /// <summary>Sleeps until <see cref="Count"/> differs from the number seen, or the time is over, or for no reason.</summary>
    internal void Wait(uint seen, TimeSpan timeout)
    {
        // SAFETY: the address is valid, see Address; this object is kept alive until the call returns.
        _ = NativeMethods.FutexWait(Address, seen, (long)timeout.TotalNanoseconds);
        GC.KeepAlive(this);
    }
}
