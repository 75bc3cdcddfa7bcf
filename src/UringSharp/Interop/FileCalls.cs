using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>
/// System calls on open files that may block: for a thread of the blocking pool. Each holds the descriptor open while it runs, and answers as the C function does, a value
/// or -errno.
/// </summary>
internal static unsafe class FileCalls
{
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
