using System.Runtime.CompilerServices;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>
/// System calls on paths, encoded as UTF-8 on the stack. Each answers as the C function does, a value or -errno, and but for <see cref="StatusCached"/> may block for as
/// long as a disk or a server likes.
/// </summary>
[SkipLocalsInit]
internal static unsafe class PathCalls
{
    /// <summary>PATH_MAX: no link's target is longer.</summary>
    private const int LongestTarget = 4096;

    /// <summary>What is at a path, if that is cached and lies on one of the devices; -EAGAIN where it must be asked for.</summary>
    internal static int StatusCached(string path, NativePathFlags flags, ReadOnlySpan<ulong> devices, out NativeFileStatus status)
    {
        Unsafe.SkipInit(out status);
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method; the devices are pinned for the call; status is the caller's local.
        fixed (ulong* first = devices)
        fixed (NativeFileStatus* answer = &status)
        {
            answer->Device = 0;
            return NativeMethods.StatusCached(native.Pointer, (uint)flags, first, (uint)devices.Length, answer);
        }
    }

    /// <summary>What is at a path: statx(2).</summary>
    internal static int Status(string path, NativePathFlags flags, out NativeFileStatus status)
    {
        Unsafe.SkipInit(out status);
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method; status is the caller's local.
        fixed (NativeFileStatus* answer = &status)
        {
            return NativeMethods.Status(native.Pointer, (uint)flags, answer);
        }
    }

    /// <summary>The type of the file system a path lies on, and its device: statfs(2).</summary>
    internal static long FileSystemOf(string path, out ulong device)
    {
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);
        ulong found = 0;

        // SAFETY: the path lives until the end of this method; found is a local.
        long result = NativeMethods.FileSystemOf(native.Pointer, &found);
        device = found;
        return result;
    }

    /// <summary>open(2): the descriptor.</summary>
    internal static int Open(string path, NativeOpenFlags flags, uint mode)
    {
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method.
        return NativeMethods.Open(native.Pointer, (uint)flags, mode);
    }

    /// <summary>open(2), without waiting for a FIFO's peer: the descriptor, a file's or block device's in blocking mode, and what it refers to.</summary>
    internal static int OpenFile(string path, NativeOpenFlags flags, uint mode, out NativeFileInfo info)
    {
        Unsafe.SkipInit(out info);
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method; info is the caller's local.
        fixed (NativeFileInfo* answer = &info)
        {
            return NativeMethods.OpenFile(native.Pointer, (uint)flags, mode, answer);
        }
    }

    /// <summary>Opens a regular file or a FIFO for as long as that cannot block; -EAGAIN where <see cref="Open"/> must.</summary>
    internal static int OpenCached(string path, NativeOpenFlags flags, ReadOnlySpan<ulong> devices, bool folderIsLocal, out NativeFileInfo info)
    {
        Unsafe.SkipInit(out info);
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method; the devices are pinned for the call; info is the caller's local.
        fixed (ulong* first = devices)
        fixed (NativeFileInfo* answer = &info)
        {
            answer->Device = 0;
            return folderIsLocal
                ? NativeMethods.OpenCachedIn(native.Pointer, (uint)flags, first, (uint)devices.Length, answer)
                : NativeMethods.OpenCached(native.Pointer, (uint)flags, first, (uint)devices.Length, answer);
        }
    }

    /// <summary>unlink(2).</summary>
    internal static int DeleteFile(string path)
    {
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method.
        return NativeMethods.DeleteFile(native.Pointer);
    }

    /// <summary>renameat2(2).</summary>
    internal static int Rename(string source, string destination, NativeRenameFlags flags)
    {
        using NativePath from = new(source, stackalloc byte[NativePath.OnStack]);
        using NativePath to = new(destination, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the paths live until the end of this method.
        return NativeMethods.Rename(from.Pointer, to.Pointer, (uint)flags);
    }

    /// <summary>link(2).</summary>
    internal static int MakeLink(string existing, string path)
    {
        using NativePath from = new(existing, stackalloc byte[NativePath.OnStack]);
        using NativePath to = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the paths live until the end of this method.
        return NativeMethods.MakeLink(from.Pointer, to.Pointer);
    }

    /// <summary>chmod(2).</summary>
    internal static int SetMode(string path, uint mode)
    {
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method.
        return NativeMethods.SetMode(native.Pointer, mode);
    }

    /// <summary>chown(2).</summary>
    internal static int SetOwner(string path, uint owner, uint group, NativePathFlags flags)
    {
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);

        // SAFETY: the path lives until the end of this method.
        return NativeMethods.SetOwner(native.Pointer, owner, group, (uint)flags);
    }

    /// <summary>utimensat(2); null leaves a time as it is.</summary>
    internal static int SetTimes(string path, NativeTimespec? access, NativeTimespec? write, NativePathFlags flags)
    {
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);
        NativeTimespec accessTime = access.GetValueOrDefault();
        NativeTimespec writeTime = write.GetValueOrDefault();

        // SAFETY: the path lives until the end of this method; the times are locals.
        return NativeMethods.SetTimes(
            native.Pointer, access.HasValue ? &accessTime : null, write.HasValue ? &writeTime : null, (uint)flags);
    }

    /// <summary>readlink(2): the target as it stands in the link, or -errno.</summary>
    internal static int ReadLink(string path, out string target)
    {
        using NativePath native = new(path, stackalloc byte[NativePath.OnStack]);
        byte* buffer = stackalloc byte[LongestTarget];

        // SAFETY: the path lives until the end of this method; the buffer on this frame.
        int result = NativeMethods.ReadLink(native.Pointer, buffer, LongestTarget);
        target = result < 0 ? string.Empty : System.Text.Encoding.UTF8.GetString(buffer, result);
        return result;
    }
}
