namespace UringSharp.Engine;

/// <summary>
/// The devices on which a transfer of the thread pool has been stuck for a while: their file system hangs, or its disk does. Further transfers there must not take the
/// pool's other threads as well; the blocking pool has threads for them.
/// </summary>
internal static class StalledDevices
{
    /// <summary>Longer than any disk takes for one request in good health.</summary>
    private const long StallMilliseconds = 20;

    private static readonly Lock s_lock = new();
    private static WeakReference<Slot>[] s_slots = [];
    private static ulong[] s_stalled = [];
    private static long s_lookedAt;

    [ThreadStatic]
    private static Slot? t_slot;

    /// <summary>Whether transfers are stuck there. Costs a look at the clock; the threads are looked at once in a millisecond.</summary>
    internal static bool Contain(ulong device)
    {
        long now = Environment.TickCount64;
        if (now != Volatile.Read(ref s_lookedAt))
        {
            Look(now);
        }

        ulong[] stalled = Volatile.Read(ref s_stalled);
        return stalled.Length != 0 && stalled.Contains(device);
    }

    /// <summary>This thread begins a transfer on a device.</summary>
    internal static void Enter(ulong device)
    {
        Slot slot = t_slot ??= Register();
        slot.Device = device;
        Volatile.Write(ref slot.Since, Environment.TickCount64);
    }

    /// <summary>Its transfer has ended.</summary>
    internal static void Leave() => Volatile.Write(ref t_slot!.Since, 0);

    private static Slot Register()
    {
        Slot slot = new();
        lock (s_lock)
        {
            // Those of threads that have ended are gone with them.
            s_slots = [.. s_slots.Where(static reference => reference.TryGetTarget(out _)), new WeakReference<Slot>(slot)];
        }

        return slot;
    }

    private static void Look(long now)
    {
        List<ulong>? stalled = null;
        foreach (WeakReference<Slot> reference in Volatile.Read(ref s_slots))
        {
            if (reference.TryGetTarget(out Slot? slot) && Volatile.Read(ref slot.Since) is not 0 and var since && now - since > StallMilliseconds)
            {
                (stalled ??= []).Add(slot.Device);
            }
        }

        if (stalled is not null || Volatile.Read(ref s_stalled).Length != 0)
        {
            Volatile.Write(ref s_stalled, stalled is null ? [] : [.. stalled]);
        }

        Volatile.Write(ref s_lookedAt, now);
    }

    private sealed class Slot
    {
        internal ulong Device;
        internal long Since;
    }
}
