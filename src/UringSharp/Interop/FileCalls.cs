using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>
/// System calls on open files, most of which may block: for a thread that may. Each holds the descriptor open while it runs, and answers as the C function does, a value
/// or -errno.
/// </summary>
internal static unsafe class FileCalls
{
    // statfs(2), f_type: file systems where a shared lock needs a descriptor open for reading.
    private const long Nfs = 0x6969;
    private const long Smb = 0x517B;
    private const long Smb2 = 0xFE534D42;
    private const long Cifs = 0xFF534D42;

    // /dev/mem, null, zero, full, random, urandom: major 1.
    private const ulong MemoryDevices = 0x100;
    private const ulong MemoryDeviceMinors = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 9);

    /// <summary>statx(2).</summary>
    internal static int Status(SafeFileHandle file, out NativeFileStatus status)
    {
        Unsafe.SkipInit(out status);
        using Lease lease = new(file);

        // SAFETY: status is the caller's local.
        fixed (NativeFileStatus* answer = &status)
        {
            return NativeMethods.StatusOf(lease.Descriptor, answer);
        }
    }

    /// <summary>ioctl(FICLONE).</summary>
    internal static int Clone(SafeFileHandle source, SafeFileHandle destination)
    {
        using Lease from = new(source);
        using Lease to = new(destination);
        return NativeMethods.Clone(from.Descriptor, to.Descriptor);
    }

    /// <summary>copy_file_range(2), to the same place in the destination: bytes copied.</summary>
    internal static long CopyRange(SafeFileHandle source, SafeFileHandle destination, long offset, long length)
    {
        using Lease from = new(source);
        using Lease to = new(destination);
        return NativeMethods.CopyRange(from.Descriptor, offset, to.Descriptor, offset, (ulong)length);
    }

    /// <summary>The next stretch that is not a hole.</summary>
    internal static long FindData(SafeFileHandle file, long offset, out long end)
    {
        using Lease lease = new(file);
        long found = 0;

        // SAFETY: found is a local.
        long start = NativeMethods.FindData(lease.Descriptor, offset, &found);
        end = found;
        return start;
    }

    /// <summary>ftruncate(2).</summary>
    internal static int SetLength(SafeFileHandle file, long length)
    {
        using Lease lease = new(file);
        return NativeMethods.SetLength(lease.Descriptor, length);
    }

    /// <summary>fchmod(2).</summary>
    internal static int SetMode(SafeFileHandle file, uint mode)
    {
        using Lease lease = new(file);
        return NativeMethods.SetModeOf(lease.Descriptor, mode);
    }

    /// <summary>futimens(3).</summary>
    internal static int SetTimes(SafeFileHandle file, NativeTimespec access, NativeTimespec write)
    {
        using Lease lease = new(file);

        // SAFETY: the times are locals.
        return NativeMethods.SetTimesOf(lease.Descriptor, &access, &write);
    }

    /// <summary>fsync(2).</summary>
    internal static int Sync(SafeFileHandle file)
    {
        using Lease lease = new(file);
        return NativeMethods.Sync(lease.Descriptor, 0);
    }

    /// <summary>getdents64(2): bytes of entries, 0 at the end.</summary>
    internal static int ReadFolder(SafeFileHandle folder, Span<byte> buffer)
    {
        using Lease lease = new(folder);

        // SAFETY: the buffer is pinned for the call.
        fixed (byte* memory = buffer)
        {
            return NativeMethods.ReadFolder(lease.Descriptor, memory, (uint)buffer.Length);
        }
    }

    /// <summary>Whether a character device is one of those that are memory: it has positions, and nobody ever waits for it.</summary>
    internal static bool IsMemoryDevice(SafeFileHandle device) => Status(device, out NativeFileStatus status) >= 0
        && (status.SpecialDevice & ~0xFFUL) == MemoryDevices
        && (status.SpecialDevice & 0xFF) < 64
        && ((MemoryDeviceMinors >> (int)(status.SpecialDevice & 0xFF)) & 1) != 0;

    /// <summary>Whether the file system lets a descriptor that is open for writing only hold a shared lock: not NFS and SMB.</summary>
    internal static bool SharesLocksWithWriters(SafeFileHandle file)
    {
        using Lease lease = new(file);
        long type = PathCalls.FileSystemOf(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{lease.Descriptor}"), out _);
        return (type & 0xFFFFFFFF) is not (Nfs or Smb or Smb2 or Cifs);
    }

    /// <summary>Opens again, privately, what a descriptor refers to.</summary>
    internal static int Reopen(SafeFileHandle file, NativeOpenFlags flags)
    {
        using Lease lease = new(file);
        return NativeMethods.Reopen(lease.Descriptor, (uint)flags);
    }

    /// <summary>flock(2), without waiting.</summary>
    internal static int Lock(SafeFileHandle file, NativeLock kind)
    {
        using Lease lease = new(file);
        return NativeMethods.LockFile(lease.Descriptor, (uint)kind);
    }

    /// <summary>fcntl(2), F_SETLK.</summary>
    internal static int LockRange(SafeFileHandle file, NativeLock kind, long offset, long length)
    {
        using Lease lease = new(file);
        return NativeMethods.LockRange(lease.Descriptor, (uint)kind, offset, length);
    }

    /// <summary>posix_fadvise(2) for the whole file.</summary>
    internal static int Advise(SafeFileHandle file, NativeAdvice advice)
    {
        using Lease lease = new(file);
        return NativeMethods.Advise(lease.Descriptor, 0, 0, (uint)advice);
    }

    /// <summary>fallocate(2), from the start on; the file's length stays.</summary>
    internal static int Preallocate(SafeFileHandle file, long length)
    {
        using Lease lease = new(file);
        return NativeMethods.Allocate(lease.Descriptor, (uint)NativeAllocateFlags.KeepSize, 0, length);
    }

    /// <summary>lseek(2), for others who use the descriptor.</summary>
    internal static int Seek(SafeFileHandle file, long offset)
    {
        using Lease lease = new(file);
        return NativeMethods.Seek(lease.Descriptor, offset);
    }

    /// <summary>A reference for the time of a call: nobody who gives up waiting closes the descriptor under the kernel.</summary>
    private readonly ref struct Lease : IDisposable
    {
        private readonly SafeFileHandle _handle;

        internal Lease(SafeFileHandle handle)
        {
            bool taken = false;
            handle.DangerousAddRef(ref taken);
            _handle = handle;
            Descriptor = (int)handle.DangerousGetHandle();
        }

        internal int Descriptor { get; }

        public void Dispose() => _handle.DangerousRelease();
    }
}
