using System.ComponentModel;
using System.Runtime.InteropServices;

namespace UringSharp.Tests.Pipes;

/// <summary>System calls as another program would make them: the library's own bindings are under test.</summary>
internal static unsafe partial class PipeLibc
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int NoControllingTerminal = 0x100;

    public const int Again = 11;
    public const int BadDescriptor = 9;
    public const int NoPeer = 6;

    private const int GetStatusFlags = 3;

    /// <summary>A descriptor, or -errno.</summary>
    public static int Open(string path, int flags) => Answer(open(path, flags | CloseOnExec));

    /// <summary>A descriptor; fails the test where there is none.</summary>
    public static int MustOpen(string path, int flags) => Must(Open(path, flags));

    public static int Close(int descriptor) => Answer(close(descriptor));

    /// <summary>Bytes written, or -errno.</summary>
    public static int Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            return Answer((int)write(descriptor, pointer, (nuint)bytes.Length));
        }
    }

    /// <summary>Bytes read, or -errno.</summary>
    public static int Read(int descriptor, Span<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            return Answer((int)read(descriptor, pointer, (nuint)bytes.Length));
        }
    }

    /// <summary>The status flags (O_NONBLOCK and so on), or -errno.</summary>
    public static int StatusFlags(int descriptor) => Answer(fcntl(descriptor, GetStatusFlags, 0));

    /// <summary>Both ends of a pipe without a name.</summary>
    public static (int Reading, int Writing) Pipe()
    {
        int* ends = stackalloc int[2];
        Must(Answer(pipe2(ends, CloseOnExec)));
        return (ends[0], ends[1]);
    }

    /// <summary>A pseudo terminal: the master's descriptor, the slave's path.</summary>
    public static (int Master, string SlavePath) Terminal()
    {
        int master = Must(Answer(posix_openpt(ReadWrite | NoControllingTerminal | CloseOnExec)));
        Must(Answer(grantpt(master)));
        Must(Answer(unlockpt(master)));
        byte* name = stackalloc byte[128];
        int error = ptsname_r(master, name, 128);
        return error == 0 ? (master, Marshal.PtrToStringUTF8((nint)name)!) : throw new Win32Exception(error);
    }

    /// <summary>The value, or the exception for it.</summary>
    public static int Must(int answer) => answer >= 0 ? answer : throw new Win32Exception(-answer);

    private static int Answer(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int grantpt(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlockpt(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ptsname_r(int descriptor, byte* name, nuint size);
}
