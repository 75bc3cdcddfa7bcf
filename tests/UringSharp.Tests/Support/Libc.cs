using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Tests.Support;

/// <summary>System calls that .NET does not offer.</summary>
internal static partial class Libc
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;

    // x86 and ARM number these two differently.
    public static readonly int Direct = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;
    public static readonly int DirectoryOnly = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(200);

    private const int CloseOnExec = 0x80000;
    private const int DontNeed = 4;
    private const int CachestatNumber = 451;

    /// <summary>Opens with flags FileStream cannot set.</summary>
    public static SafeFileHandle Open(string path, int flags)
    {
        int descriptor = OpenFile(path, flags | CloseOnExec, 0);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"open: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())} : '{path}'", Marshal.GetLastPInvokeError());
    }

    /// <summary>Both ends of an anonymous pipe.</summary>
    public static unsafe (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        int* ends = stackalloc int[2];
        MakePipe(ends, CloseOnExec).Should().Be(0);
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>
    /// Throws a stretch of a file out of the page cache; a length of 0 means to its end. A page that somebody holds at this moment (the kernel keeps the last ones
    /// of each processor in a list) stays, so it is asked until none is left, where the kernel can tell.
    /// </summary>
    public static void Evict(string path, long offset = 0, long length = 0)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        long started = Stopwatch.GetTimestamp();
        do
        {
            Synchronise(handle).Should().Be(0, "only clean pages can be evicted");
            Advise(handle, offset, length, DontNeed).Should().Be(0);
        }
        while (CachedPages(path, offset, length) > 0 && Stopwatch.GetElapsedTime(started) < s_patience);
    }

    /// <summary>How many pages of a stretch of the file are cached, or null where the kernel cannot tell (before Linux 6.5).</summary>
    public static unsafe long? CachedPages(string path, long offset, long length)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        ulong* stretch = stackalloc ulong[2] { (ulong)offset, (ulong)length };
        ulong* answer = stackalloc ulong[5];
        return SystemCall(CachestatNumber, handle.DangerousGetHandle(), (nint)stretch, (nint)answer, 0) == 0 ? (long)answer[0] : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenFile(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "pipe2")]
    private static unsafe partial int MakePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronise(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle handle, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, nint first, nint second, nint third, nint fourth);
}
