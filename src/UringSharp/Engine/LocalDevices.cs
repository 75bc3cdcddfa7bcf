using UringSharp.Interop;

namespace UringSharp.Engine;

/// <summary>
/// The devices (st_dev) known to hold local file systems, whose cached answers need no server. The number of a device that was unmounted is given out again, maybe to
/// a network file system, so what is known holds for a second; it is renewed in the background, off the caller's thread, while it is in use.
/// </summary>
internal static class LocalDevices
{
    /// <summary>Most devices told to the kernel shim, which compares them one by one.</summary>
    internal const int MaxKnown = 16;

    /// <summary>Most devices remembered, those that are not local among them.</summary>
    internal const int MaxRemembered = 64;

    private const long ValidMilliseconds = 1000;
    private const long RenewAfterMilliseconds = 500;

    /// <summary>How long a device is renewed that nobody has asked for: renewing may keep a file system mounted that would unmount itself.</summary>
    private const long WantedMilliseconds = 60_000;

    private static readonly Lock s_lock = new();
    private static readonly Dictionary<ulong, Device> s_devices = [];
    private static Snapshot s_snapshot = Snapshot.Empty;

    /// <summary>The devices known to be local, in memory that does not move. Takes no lock.</summary>
    internal static ReadOnlySpan<ulong> Known => KnownAt(Environment.TickCount64);

    /// <summary>As <see cref="Known"/>, for who has just looked at the clock.</summary>
    internal static ReadOnlySpan<ulong> KnownAt(long now)
    {
        Snapshot snapshot = Volatile.Read(ref s_snapshot);
        return now < snapshot.RenewAt ? snapshot.Devices : Renew();
    }

    /// <summary>Has a device looked at that the caller has met at a path. Waits for nothing.</summary>
    internal static void Learn(string path, ulong device)
    {
        long now = Environment.TickCount64;
        lock (s_lock)
        {
            if (!s_devices.TryGetValue(device, out Device? known))
            {
                if (s_devices.Count >= MaxRemembered && !ForgetOne())
                {
                    return;
                }

                known = new Device(device);
                s_devices.Add(device, known);
            }

            known.WantedAt = now;
            if (known.IsBeingVerified || now < known.VerifiedAt + RenewAfterMilliseconds)
            {
                return;
            }

            known.Path = path;
            known.IsBeingVerified = true;
        }

        _ = VerifyAsync(path, device);
    }

    /// <summary>As <see cref="Learn"/>; ends when the device has been looked at, and tells whether it is local.</summary>
    internal static async ValueTask<bool> LearnAsync(string path, ulong device)
    {
        lock (s_lock)
        {
            if (!s_devices.TryGetValue(device, out Device? known))
            {
                if (s_devices.Count >= MaxRemembered && !ForgetOne())
                {
                    return false;
                }

                known = new Device(device);
                s_devices.Add(device, known);
            }

            known.WantedAt = Environment.TickCount64;
            known.Path = path;
            known.IsBeingVerified = true;
        }

        return await VerifyAsync(path, device).ConfigureAwait(false);
    }

    /// <summary>Whether the cache of a file system of this type (f_type, statfs(2)) answers without asking anybody.</summary>
    internal static bool IsLocal(long fileSystemType) => (ulong)fileSystemType is
        0xEF53 // ext2, ext3, ext4
        or 0x58465342 // xfs
        or 0x9123683E // btrfs
        or 0xF2F52010 // f2fs
        or 0xCA451A4E // bcachefs
        or 0x2FC12FC1 // zfs
        or 0x01021994 // tmpfs, devtmpfs
        or 0x858458F6 // ramfs
        or 0x794C7630 // overlayfs
        or 0x9FA0 // proc
        or 0x62656572 // sysfs
        or 0x73717368 // squashfs
        or 0xE0F5E1E2 // erofs
        or 0x9660 // iso9660
        or 0x4D44; // vfat

    private static ReadOnlySpan<ulong> Renew()
    {
        List<(string Path, ulong Number)>? due = null;
        Snapshot snapshot;
        lock (s_lock)
        {
            long now = Environment.TickCount64;
            snapshot = s_snapshot;
            if (now < snapshot.RenewAt)
            {
                return snapshot.Devices;
            }

            foreach (Device device in s_devices.Values)
            {
                if (device.IsLocal && !device.IsBeingVerified && now >= device.VerifiedAt + RenewAfterMilliseconds && now < device.WantedAt + WantedMilliseconds)
                {
                    device.IsBeingVerified = true;
                    (due ??= []).Add((device.Path, device.Number));
                }
            }

            snapshot = Publish(now);
        }

        foreach ((string path, ulong number) in due ?? [])
        {
            _ = VerifyAsync(path, number);
        }

        return snapshot.Devices;
    }

    private static async Task<bool> VerifyAsync(string path, ulong device)
    {
        // Taken before the question: what is learnt was true then or later.
        long asked = Environment.TickCount64;
        bool isLocal = false;
        string place = path;
        try
        {
            (isLocal, place) = await BlockingPool.Housekeeping.RunAsync(static asked => Ask(asked.path, asked.device), (path, device), CancellationToken.None)
                .ConfigureAwait(false);
        }
        finally
        {
            lock (s_lock)
            {
                if (s_devices.TryGetValue(device, out Device? known))
                {
                    known.IsBeingVerified = false;
                    known.IsLocal = isLocal;
                    known.Path = place;
                    known.VerifiedAt = asked;
                    Publish(Environment.TickCount64);
                }
            }
        }

        return isLocal;
    }

    /// <summary>Asks the file system, which may take for ever. Answers also a place to ask again: the folder, which lives longer than the file as a rule.</summary>
    private static (bool IsLocal, string Place) Ask(string path, ulong device)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && IsLocalAt(folder, device))
        {
            return (true, folder);
        }

        return (IsLocalAt(path, device), path);
    }

    private static bool IsLocalAt(string path, ulong device)
    {
        long type = PathCalls.FileSystemOf(path, out ulong found);
        return type >= 0 && found == device && IsLocal(type);
    }

    /// <summary>Makes the snapshot anew. Under the lock.</summary>
    private static Snapshot Publish(long now)
    {
        Device[] valid =
        [
            .. s_devices.Values.Where(device => device.IsLocal && now < device.VerifiedAt + ValidMilliseconds)
                .OrderByDescending(static device => device.WantedAt).Take(MaxKnown),
        ];

        // While a renewal is under way there is nothing to be done until the first of them expires; else it is the renewal that comes next.
        long next = long.MaxValue;
        foreach (Device device in valid)
        {
            bool isRenewed = !device.IsBeingVerified && now < device.WantedAt + WantedMilliseconds;
            next = Math.Min(next, device.VerifiedAt + (isRenewed ? RenewAfterMilliseconds : ValidMilliseconds));
        }

        ulong[] numbers = valid.Length == 0 ? [] : GC.AllocateArray<ulong>(valid.Length, pinned: true);
        for (int i = 0; i < valid.Length; i++)
        {
            numbers[i] = valid[i].Number;
        }

        Snapshot snapshot = new(numbers, next);
        Volatile.Write(ref s_snapshot, snapshot);
        return snapshot;
    }

    /// <summary>Makes room by forgetting whom nobody has asked for the longest. Under the lock.</summary>
    private static bool ForgetOne()
    {
        Device? oldest = s_devices.Values.Where(static device => !device.IsBeingVerified).MinBy(static device => device.WantedAt);
        return oldest is not null && s_devices.Remove(oldest.Number);
    }

    private sealed class Device(ulong number)
    {
        internal readonly ulong Number = number;
        internal string Path = string.Empty;
        internal long WantedAt;
        internal long VerifiedAt = long.MinValue / 2;
        internal bool IsLocal;
        internal bool IsBeingVerified;
    }

    private sealed class Snapshot(ulong[] devices, long renewAt)
    {
        internal static readonly Snapshot Empty = new([], long.MaxValue);

        internal readonly ulong[] Devices = devices;
        internal readonly long RenewAt = renewAt;
    }
}
