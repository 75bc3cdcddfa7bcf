using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using UringSharp.Tests.Pipes;

namespace UringSharp.Tests.Descriptors;

/// <summary>The kinds of descriptors that .NET does not offer.</summary>
internal static unsafe partial class HandleLibc
{
    public const int SignalNumber = 10;

    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int DuplicateCloseOnExec = 1030;
    private const int Monotonic = 1;
    private const int InCreate = 0x100;
    private const int UnixDomain = 1;
    private const int StreamSocket = 1;
    private const int StopWriting = 1;
    private const int Block = 0;
    private const int Unblock = 1;
    private const int SignalSetSize = 128;
    private const int OpenProcessNumber = 434;

    // x86 and ARM number this one differently; tgkill(2) is for the tests of signals alone.
    private static readonly long s_signalThreadNumber = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 131 : 234;

    /// <summary>A counter that can be waited for, in non-blocking mode.</summary>
    public static int Event() => PipeLibc.Must(Answer(eventfd(0, CloseOnExec | NonBlocking)));

    /// <summary>Adds one to a counter.</summary>
    public static void Raise(int descriptor)
    {
        Span<byte> one = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(one, 1);
        PipeLibc.Must(PipeLibc.Write(descriptor, one));
    }

    /// <summary>Takes what a counter, of an event or a timer, has come to; 0 where it is not ready.</summary>
    public static long Take(int descriptor)
    {
        Span<byte> value = stackalloc byte[8];
        int read = PipeLibc.Read(descriptor, value);
        return read == -PipeLibc.Again ? 0 : PipeLibc.Must(read) == 8 ? BinaryPrimitives.ReadInt64LittleEndian(value) : throw new Win32Exception(read);
    }

    /// <summary>A second descriptor of the same.</summary>
    public static int Duplicate(int descriptor) => PipeLibc.Must(Answer(dup(descriptor)));

    /// <summary>
    /// Gives a descriptor the number of one that was closed, unless somebody else, such as the runtime, has been quicker. Returns the number it has now.
    /// </summary>
    public static int TakeNumber(int number, int descriptor)
    {
        if (descriptor == number)
        {
            return number;
        }

        // The lowest free number from there on: it never takes one away.
        int copy = PipeLibc.Must(Answer(fcntl(descriptor, DuplicateCloseOnExec, number)));
        PipeLibc.Close(copy == number ? descriptor : copy).Should().Be(0);
        return copy == number ? copy : descriptor;
    }

    /// <summary>A timer that fires once, and then, with <paramref name="repeats"/>, again and again.</summary>
    public static int Timer(int milliseconds, bool repeats = false)
    {
        int descriptor = PipeLibc.Must(Answer(timerfd_create(Monotonic, CloseOnExec | NonBlocking)));
        long nanoseconds = milliseconds * 1_000_000L;
        long* times = stackalloc long[4] { 0, repeats ? nanoseconds : 0, 0, nanoseconds };
        PipeLibc.Must(Answer(timerfd_settime(descriptor, 0, times, null)));
        return descriptor;
    }

    /// <summary>Tells of files that are created in a folder.</summary>
    public static int Creations(string folder)
    {
        int descriptor = PipeLibc.Must(Answer(inotify_init1(CloseOnExec | NonBlocking)));
        PipeLibc.Must(Answer(inotify_add_watch(descriptor, folder, InCreate)));
        return descriptor;
    }

    /// <summary>Tells of a process's end.</summary>
    public static int OfProcess(int process) => PipeLibc.Must(Answer((int)syscall(OpenProcessNumber, process, 0, 0)));

    /// <summary>Two stream sockets that are each other's peer, in non-blocking mode.</summary>
    public static (int One, int Other) Sockets()
    {
        int* ends = stackalloc int[2];
        PipeLibc.Must(Answer(socketpair(UnixDomain, StreamSocket | CloseOnExec | NonBlocking, 0, ends)));
        return (ends[0], ends[1]);
    }

    /// <summary>Closes the writing half of a socket.</summary>
    public static void EndWriting(int socket) => PipeLibc.Must(Answer(shutdown(socket, StopWriting)));

    /// <summary>A descriptor that reads <see cref="SignalNumber"/> where the calling thread has it blocked.</summary>
    public static int Signals()
    {
        byte* signals = stackalloc byte[SignalSetSize];
        FillSignals(signals);
        return PipeLibc.Must(Answer(signalfd(-1, signals, CloseOnExec | NonBlocking)));
    }

    /// <summary>Whether the calling thread leaves <see cref="SignalNumber"/> to <see cref="Signals"/>.</summary>
    public static void BlockSignal(bool blocks)
    {
        byte* signals = stackalloc byte[SignalSetSize];
        FillSignals(signals);
        pthread_sigmask(blocks ? Block : Unblock, signals, null).Should().Be(0);
    }

    /// <summary>Sends <see cref="SignalNumber"/> to one thread of this process.</summary>
    public static void SignalThread(int thread) =>
        PipeLibc.Must(Answer((int)syscall(s_signalThreadNumber, Environment.ProcessId, thread, SignalNumber)));

    /// <summary>The calling thread's kernel id.</summary>
    public static int ThreadId() => gettid();

    /// <summary>Sets what a terminal is set to already, which wakes whoever polls it.</summary>
    public static void TouchTerminal(int descriptor)
    {
        byte* settings = stackalloc byte[128];
        PipeLibc.Must(Answer(tcgetattr(descriptor, settings)));
        PipeLibc.Must(Answer(tcsetattr(descriptor, 0, settings)));
    }

    private static void FillSignals(byte* signals)
    {
        new Span<byte>(signals, SignalSetSize).Clear();
        signals[(SignalNumber - 1) / 8] = 1 << ((SignalNumber - 1) % 8);
    }

    private static int Answer(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int timerfd_create(int clock, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int timerfd_settime(int descriptor, int flags, long* times, long* before);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int descriptor, string path, uint mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int socket, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int signalfd(int descriptor, byte* signals, int flags);

    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, byte* signals, byte* before);

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcgetattr(int descriptor, byte* settings);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcsetattr(int descriptor, int when, byte* settings);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long first, long second, long third);
}
