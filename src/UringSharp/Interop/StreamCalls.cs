using System.Globalization;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>System calls a stream makes on its open file, some of which may wait for a disk or a network. Each answers a value, or -errno.</summary>
internal static class StreamCalls
{
    // statfs(2), f_type: file systems where a shared lock needs a descriptor open for reading.
    private const long Nfs = 0x6969;
    private const long Smb = 0x517B;
    private const long Smb2 = 0xFE534D42;
    private const long Cifs = 0xFF534D42;

    // /dev/mem, null, zero, full, random, urandom: major 1.
    private const ulong MemoryDevices = 0x100;
    private const ulong MemoryDeviceMinors = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 9);

    /// <summary>Whether a character device is one of those that are memory: it has positions, and nobody ever waits for it.</summary>
    internal static unsafe bool IsMemoryDevice(SafeFileHandle handle)
    {
        NativeFileStatus status;

        // SAFETY: status is a local.
        return NativeMethods.StatusOf(Number(handle), &status) >= 0
            && (status.SpecialDevice & ~0xFFUL) == MemoryDevices
            && (status.SpecialDevice & 0xFF) < 64
            && ((MemoryDeviceMinors >> (int)(status.SpecialDevice & 0xFF)) & 1) != 0;
    }

    /// <summary>Whether the file system lets a descriptor that is open for writing only hold a shared lock: not NFS and SMB.</summary>
    internal static bool SharesLocksWithWriters(SafeFileHandle handle) =>
        (PathCalls.FileSystemOf(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Number(handle)}"), out _) & 0xFFFFFFFF) is not (Nfs or Smb or Smb2 or Cifs);

    /// <summary>Whether reading does not block, or the end has come: poll(2).</summary>
    internal static bool IsReadable(SafeFileHandle handle) => NativeMethods.PollNow(Number(handle), (uint)NativePollEvents.In) > 0;

    /// <summary>Opens again, privately, what a descriptor refers to.</summary>
    internal static int Reopen(SafeFileHandle handle, NativeOpenFlags flags) => NativeMethods.Reopen(Number(handle), (uint)flags);

    /// <summary>flock(2), without waiting.</summary>
    internal static int Lock(SafeFileHandle handle, NativeLock kind) => NativeMethods.LockFile(Number(handle), (uint)kind);

    /// <summary>fcntl(2), F_SETLK.</summary>
    internal static int LockRange(SafeFileHandle handle, NativeLock kind, long offset, long length) =>
        NativeMethods.LockRange(Number(handle), (uint)kind, offset, length);

    /// <summary>posix_fadvise(2) for the whole file.</summary>
    internal static int Advise(SafeFileHandle handle, NativeAdvice advice) => NativeMethods.Advise(Number(handle), 0, 0, (uint)advice);

    /// <summary>ftruncate(2).</summary>
    internal static int SetLength(SafeFileHandle handle, long length) => NativeMethods.SetLength(Number(handle), length);

    /// <summary>fallocate(2), from the start on; the file's length stays.</summary>
    internal static int Preallocate(SafeFileHandle handle, long length) =>
        NativeMethods.Allocate(Number(handle), (uint)NativeAllocateFlags.KeepSize, 0, length);

    /// <summary>lseek(2), for others who use the descriptor.</summary>
    internal static int Seek(SafeFileHandle handle, long offset) => NativeMethods.Seek(Number(handle), offset);

    private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();
}
