using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>One io_uring instance, or what takes its place, and the room its completions are copied to. Used by one thread at a time: the pump's leader.</summary>
internal sealed unsafe class Ring
{
    private const int Batch = 256;
    private const int AttemptsForMemory = 7;

    /// <summary>What a ring can have that one thread alone ever uses: completions are made when that thread asks, and interrupt it never. Since Linux 6.1.</summary>
    private const NativeSetupFlags OfOneThread = NativeSetupFlags.SingleIssuer | NativeSetupFlags.DeferTaskrun | NativeSetupFlags.TaskrunFlag;

    /// <summary>So many requests of bounded time may be stuck in the kernel, on a disk that hangs, before others wait behind them.</summary>
    private const uint MaxWorkers = 256;

    // On the pinned heap: the kernel's completions are copied into it by C.
    private readonly NativeCompletion[] _completions = GC.AllocateUninitializedArray<NativeCompletion>(Batch, pinned: true);
    private NativeRing* _ring;
    private uint _overflows;

    private Ring(NativeRing* ring, UringBackend backend, in NativeRingInfo info)
    {
        _ring = ring;
        Backend = backend;
        CompletionEntries = (int)info.CqEntries;
    }

    /// <summary>The native ring, for preparing.</summary>
    internal NativeRing* Native => _ring;

    /// <summary>What drives it.</summary>
    internal UringBackend Backend { get; }

    /// <summary>Size of the completion queue.</summary>
    internal int CompletionEntries { get; }

    /// <summary>How often the kernel had more completions than the queue has room for. Read by anyone.</summary>
    internal long Overflows => Volatile.Read(ref _overflows);

    /// <summary>Free entries of the submission queue.</summary>
    internal int Space
    {
        get
        {
            // SAFETY: the ring lives until Destroy, which the leader calls last.
            return (int)NativeMethods.RingSpace(_ring);
        }
    }

    /// <summary>Whether something prepared has not been taken by the kernel yet.</summary>
    internal bool HasUnsubmitted
    {
        get
        {
            // SAFETY: as above.
            return NativeMethods.RingUnsubmitted(_ring) != 0;
        }
    }

    /// <summary>Whether completions can be taken without a system call.</summary>
    internal bool HasReady
    {
        get
        {
            // SAFETY: as above.
            return NativeMethods.RingReady(_ring) != 0;
        }
    }

    /// <summary>Creates a ring.</summary>
    /// <exception cref="UringNotSupportedException">io_uring was asked for, and the kernel refuses it, or its io_uring is too old; or the native library is missing.</exception>
    /// <exception cref="IOException">A limit is reached (descriptors, memory); HResult is the errno.</exception>
    internal static Ring Create(UringBackend backend, int queueDepth, bool isOfOneThread)
    {
        NativeLibraryLoader.ThrowIfUnavailable();
        backend = BackendChoice.Resolve(backend);
        if (backend == UringBackend.Portable)
        {
            return CreatePortable(queueDepth);
        }

        if (backend == UringBackend.Auto && UringSupport.Current.UnavailableReason is { } reason)
        {
            BackendChoice.TellOfFallback(reason);
            return CreatePortable(queueDepth);
        }

        try
        {
            return CreateUring(queueDepth, isOfOneThread);
        }
        catch (UringNotSupportedException e) when (backend == UringBackend.Auto)
        {
            BackendChoice.TellOfFallback(e.Message);
            return CreatePortable(queueDepth);
        }
    }

    private static Ring CreateUring(int queueDepth, bool isOfOneThread)
    {
        if (KernelMask.Failure is { } failure)
        {
            throw new UringNotSupportedException(failure);
        }

        NativeSetupFlags wanted = NativeSetupFlags.Clamp | NativeSetupFlags.SubmitAll | (isOfOneThread ? OfOneThread : NativeSetupFlags.None);
        NativeRingOptions options = new()
        {
            SqEntries = (uint)queueDepth,

            // No COOP_TASKRUN for a pump: the leader may compute in user code for long, and completions must be posted meanwhile (kernel fact R13).
            WantedFlags = (uint)(wanted & ~KernelMask.HiddenFlags),
        };
        NativeRing* ring = null;
        NativeRingInfo info = default;

        // SAFETY: all three point to locals of this method.
        int result = NativeMethods.RingCreate(&options, &ring, &info);
        for (int attempt = 0; result == -Errno.ENOMEM && attempt < AttemptsForMemory; attempt++)
        {
            // The kernel gives the memory of destroyed rings back a little later.
            Thread.Sleep(1 << attempt);
            result = NativeMethods.RingCreate(&options, &ring, &info);
        }
        if (result < 0)
        {
            throw ResourceFailure(-result);
        }

        if (UringSupport.IsTooOld(info.Features))
        {
            NativeMethods.RingDestroy(ring);
            throw new UringNotSupportedException(UringSupport.KernelTooOld());
        }

        // A hint: without it everything works but for the case it is for.
        _ = NativeMethods.RingLimitWorkers(ring, MaxWorkers);
        return new Ring(ring, UringBackend.Uring, in info);
    }

    private static Ring CreatePortable(int queueDepth)
    {
        NativeRingOptions options = new() { SqEntries = (uint)queueDepth };
        NativeRing* ring = null;
        NativeRingInfo info = default;

        // SAFETY: all three point to locals of this method.
        int result = NativeMethods.RingCreatePortable(&options, &ring, &info);
        return result < 0 ? throw ResourceFailure(-result) : new Ring(ring, UringBackend.Portable, in info);
    }

    /// <summary>The exception for an errno met while making what a pump needs: a ring, its event, its threads.</summary>
    internal static Exception ResourceFailure(int errno) => errno switch
    {
        _ when UringSupport.IsRefusal(errno) => new UringNotSupportedException(UringSupport.ReasonFor(errno)),
        Errno.EMFILE => new IOException("A ring needs a descriptor, and this process has as many open as it may (RLIMIT_NOFILE, ulimit -n).", errno),
        Errno.ENFILE => new IOException("A ring needs a descriptor, and the system has as many open as it may (sysctl fs.file-max).", errno),
        Errno.ENOMEM => new IOException(
            "There is no memory for a ring. It may count as locked memory, whose limit can be raised (RLIMIT_MEMLOCK, ulimit -l), and against the memory control group.", errno),
        _ => ErrnoExceptions.Create(errno, null),
    };

    /// <summary>
    /// Every preparation is made where room was seen and with arguments the shim accepts. An entry that was not prepared all the same would be a task
    /// that never ends: better the process ends, with this.
    /// </summary>
    internal static void RequirePrepared(int result)
    {
        if (result != 0)
        {
            Environment.FailFast($"UringSharp: a submission could not be prepared, errno {-result}.");
        }
    }

    /// <summary>Prepares poll(2). The caller has seen that there is room.</summary>
    internal void PreparePoll(ulong userData, int descriptor, uint events, bool isMultishot = false) =>
        RequirePrepared(NativeMethods.PreparePoll(_ring, userData, descriptor, events, isMultishot ? 1u : 0u));

    /// <summary>Submits, waits for <paramref name="waitCount"/> completions (0: not at all), for so long at most (negative: without a limit), and takes what is there.</summary>
    internal ReadOnlySpan<NativeCompletion> Enter(uint waitCount, long timeoutNanoseconds = -1)
    {
        int taken;

        // SAFETY: the ring lives until Destroy, the array does not move.
        fixed (NativeCompletion* completions = _completions)
        {
            taken = NativeMethods.RingEnter(_ring, waitCount, timeoutNanoseconds, completions, Batch);
            _overflows = NativeMethods.RingOverflows(_ring);
        }

        if (taken >= 0)
        {
            return _completions.AsSpan(0, taken);
        }

        if (taken is -Errno.EAGAIN or -Errno.EBUSY or -Errno.ENOMEM)
        {
            // The kernel is short of memory: what was prepared stays prepared.
            Thread.Yield();
            return default;
        }

        // A lost completion means memory the kernel may still write to and tasks that never end: there is nothing to go on with.
        Environment.FailFast($"UringSharp: io_uring_enter failed with errno {-taken}, {NativeMethods.RingDropped(_ring)} completions lost.");
        return default;
    }

    /// <summary>Unmaps and closes. Nothing may be in flight.</summary>
    internal void Destroy()
    {
        // SAFETY: the leader calls this once, last.
        NativeMethods.RingDestroy(_ring);
        _ring = null;
    }
}
