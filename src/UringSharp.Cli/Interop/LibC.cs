using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Cli.Interop;

/// <summary>The few system calls this tool needs that .NET has no name for.</summary>
internal static partial class LibC
{
    internal const int ENOENT = 2;
    internal const int EINTR = 4;
    internal const int EAGAIN = 11;
    internal const int EACCES = 13;
    internal const int EEXIST = 17;
    internal const int ENOTDIR = 20;
    internal const int EISDIR = 21;
    internal const int EPIPE = 32;

    private const int EBADF = 9;
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint TypeAndInode = 0x101;
    private const int StatxSize = 256;
    private const int SeekSet = 0;
    private const int SeekCurrent = 1;
    private const int Random = 1;
    private const int DontNeed = 4;
    private const int GetStatusFlags = 3;
    private const int SetStatusFlags = 4;
    private const int Detach = 2;
    private const short PollOut = 4;

    /// <summary>What a path leads to. Symbolic links are followed.</summary>
    /// <returns>0, or the errno.</returns>
    internal static int Identify(string path, out FileIdentity identity) => Identify(CurrentFolder, path, 0, out identity);

    /// <summary>What a descriptor refers to that this process was started with.</summary>
    /// <returns>0, or the errno.</returns>
    internal static int Identify(int descriptor, out FileIdentity identity)
    {
        // Started with a closed one, the runtime opens something of its own under that number. What was inherited never closes on exec.
        int flags = Control(descriptor, GetDescriptorFlags);
        if (flags >= 0 && (flags & CloseOnExec) == 0)
        {
            return Identify(descriptor, string.Empty, EmptyPath, out identity);
        }

        identity = default;
        return EBADF;
    }

    /// <summary>write(2): the bytes written, or -errno.</summary>
    internal static int Write(int descriptor, ReadOnlySpan<byte> buffer)
    {
        nint result = Write(descriptor, buffer, (nuint)buffer.Length);
        return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Blocks until the descriptor can be written to, or is broken.</summary>
    internal static void WaitUntilWritable(int descriptor)
    {
        PollDescriptor poll = new() { Descriptor = descriptor, Events = PollOut };
        _ = Poll(ref poll, 1, -1);
    }

    /// <summary>The descriptor's position.</summary>
    internal static long GetPosition(int descriptor) => Seek(descriptor, 0, SeekCurrent);

    /// <summary>Moves the descriptor's position, for whoever shares it.</summary>
    internal static void SetPosition(int descriptor, long position) => _ = Seek(descriptor, position, SeekSet);

    /// <summary>Drops a file's clean pages from the page cache: POSIX_FADV_DONTNEED, which needs no privilege.</summary>
    internal static void Evict(SafeFileHandle file) => _ = Advise(file, 0, 0, DontNeed);

    /// <summary>Turns read-ahead off for a descriptor: POSIX_FADV_RANDOM.</summary>
    internal static void ExpectRandomAccess(SafeFileHandle file) => _ = Advise(file, 0, 0, Random);

    /// <summary>Makes a descriptor bypass the page cache: O_DIRECT, for which .NET has no option.</summary>
    /// <exception cref="IOException">The file system cannot do it.</exception>
    internal static void BypassCache(SafeFileHandle file)
    {
        int direct = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;
        if (Control(file, SetStatusFlags, Control(file, GetStatusFlags, 0) | direct) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            throw new IOException($"O_DIRECT: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
        }
    }

    /// <summary>Brings everything of a file's file system to the disk: syncfs(2).</summary>
    internal static void SyncFileSystem(SafeFileHandle file) => _ = SyncFs(file);

    /// <summary>mount(2).</summary>
    /// <returns>0, or the errno.</returns>
    internal static int Mount(string type, string target, string options) =>
        Mount(type, target, type, 0, options) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Takes a mounted file system out of the tree, even where it is still in use.</summary>
    internal static void Unmount(string target) => _ = Unmount(target, Detach);

    private static int Identify(int folder, string path, int flags, out FileIdentity identity)
    {
        // struct statx is the same on every architecture: stx_mode at 28, stx_ino at 32, stx_dev_major and _minor at 136 and 140.
        Span<byte> answer = stackalloc byte[StatxSize];
        if (Statx(folder, path, flags, TypeAndInode, answer) != 0)
        {
            identity = default;
            return Marshal.GetLastPInvokeError();
        }

        identity = new FileIdentity(
            (FileKind)(MemoryMarshal.Read<ushort>(answer[28..]) & 0xF000), MemoryMarshal.Read<ulong>(answer[32..]), MemoryMarshal.Read<ulong>(answer[136..]));
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "syncfs")]
    private static partial int SyncFs(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long Seek(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
