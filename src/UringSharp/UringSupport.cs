using System.Globalization;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>Something of io_uring that not every kernel has.</summary>
public enum UringFeature
{
    /// <summary>A full completion queue loses nothing (Linux 5.5). Required.</summary>
    NoDrop,

    /// <summary>Requests that would block wait by poll instead of in a kernel thread (Linux 5.7). Required.</summary>
    FastPoll,

    /// <summary>Waiting takes a timeout (Linux 5.11). Required.</summary>
    ExtendedArgument,

    /// <summary>Open through the ring (Linux 5.6).</summary>
    OpenAt,

    /// <summary>A failed submission does not stop those behind it (Linux 5.18).</summary>
    SubmitAll,

    /// <summary>One thread alone submits to a ring (Linux 6.0).</summary>
    SingleIssuer,

    /// <summary>Completions run only when the owner of the ring waits (Linux 6.1).</summary>
    DeferTaskRun,

    /// <summary>A minimum wait for a batch of completions (Linux 6.12).</summary>
    MinimumWait,

    /// <summary>A read that goes on into provided buffers (Linux 6.7).</summary>
    ReadMultishot,

    /// <summary>Waiting for a futex through the ring (Linux 6.7).</summary>
    FutexWait,

    /// <summary>Setting a file's length through the ring (Linux 6.9).</summary>
    FileTruncate,

    /// <summary>Creating folders, links and symbolic links through the ring (Linux 5.15).</summary>
    MakeDirectory,

    /// <summary>Messages between rings (Linux 5.18).</summary>
    MessageRing,
}

/// <summary>What io_uring offers to this process. Asked of the kernel once.</summary>
public sealed class UringSupport
{
    private static UringSupport? s_current;
    private readonly NativeProbeResult _probe;

    /// <summary>Whether the kernel could be asked; a limit of the process may have stood in the way.</summary>
    private readonly bool _hasAsked = true;

    private UringSupport()
    {
        KernelVersion = Environment.OSVersion.Version;
        if ((NativeLibraryLoader.Failure ?? KernelMask.Failure) is { } failure)
        {
            UnavailableReason = failure;
            return;
        }

        int result = Probe(out _probe);
        if (result < 0)
        {
            // A limit of the process (EMFILE, ENOMEM) passes; it says nothing of io_uring.
            _hasAsked = IsRefusal(-result);
            UnavailableReason = _hasAsked ? ReasonFor(-result, _probe.SysctlDisabled) : null;
        }
        else if (IsTooOld(_probe.Features))
        {
            UnavailableReason = KernelTooOld();
        }
    }

    /// <summary>The answer for this process.</summary>
    public static UringSupport Current
    {
        get
        {
            UringSupport? current = Volatile.Read(ref s_current);
            if (current is null)
            {
                current = new UringSupport();
                if (current._hasAsked)
                {
                    Volatile.Write(ref s_current, current);
                }
            }

            return current;
        }
    }

    /// <summary>
    /// Whether io_uring can be used, limits of the process aside. Where it cannot, contexts and loops use the portable backend, or are refused where <see cref="UringBackend.Uring"/> is asked for.
    /// </summary>
    public bool IsAvailable => UnavailableReason is null;

    /// <summary>Why not, in a sentence that also says what would help; null where it is available.</summary>
    public string? UnavailableReason { get; }

    /// <summary>Version of the running kernel: uname(2).</summary>
    public Version KernelVersion { get; }

    /// <summary>Whether the running kernel has a feature. False throughout where io_uring is not available at all.</summary>
    /// <param name="feature">The feature.</param>
    /// <returns>True where it can be used.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public bool Supports(UringFeature feature) => Has(feature) && !KernelMask.Hides(feature);

    private bool Has(UringFeature feature) => feature switch
    {
        UringFeature.NoDrop => Has(NativeFeatureFlags.Nodrop),
        UringFeature.FastPoll => Has(NativeFeatureFlags.FastPoll),
        UringFeature.ExtendedArgument => Has(NativeFeatureFlags.ExtArg),
        UringFeature.OpenAt => Has(NativeOpcode.Openat),
        UringFeature.SubmitAll => Has(NativeSetupFlags.SubmitAll),
        UringFeature.SingleIssuer => Has(NativeSetupFlags.SingleIssuer),
        UringFeature.DeferTaskRun => Has(NativeSetupFlags.DeferTaskrun),
        UringFeature.MinimumWait => Has(NativeFeatureFlags.MinTimeout),
        UringFeature.ReadMultishot => Has(NativeOpcode.ReadMultishot),
        UringFeature.FutexWait => Has(NativeOpcode.FutexWait),
        UringFeature.FileTruncate => Has(NativeOpcode.Ftruncate),
        UringFeature.MakeDirectory => Has(NativeOpcode.Mkdirat),
        UringFeature.MessageRing => Has(NativeOpcode.MsgRing),
        _ => throw new ArgumentOutOfRangeException(nameof(feature), feature, "The feature is not defined."),
    };

    /// <summary>Why the kernel refused a ring with this errno.</summary>
    internal static string ReasonFor(int errno)
    {
        _ = Probe(out NativeProbeResult probe);
        return ReasonFor(errno, probe.SysctlDisabled);
    }

    /// <summary>Whether an errno of io_uring_setup(2) means that io_uring is not to be had, rather than a limit that was reached.</summary>
    internal static bool IsRefusal(int errno) => errno is Errno.ENOSYS or Errno.EPERM or Errno.EACCES;

    /// <summary>Whether the kernel's io_uring lacks what the library cannot do without.</summary>
    internal static bool IsTooOld(uint features)
    {
        // RSRC_TAGS stands for Linux 5.13 and its multishot poll; the others are older, and named because they are relied upon.
        const NativeFeatureFlags required = NativeFeatureFlags.Nodrop | NativeFeatureFlags.FastPoll | NativeFeatureFlags.ExtArg
            | NativeFeatureFlags.SubmitStable | NativeFeatureFlags.RsrcTags;
        return ((NativeFeatureFlags)features & required) != required
            || KernelMask.Hides(UringFeature.NoDrop) || KernelMask.Hides(UringFeature.FastPoll) || KernelMask.Hides(UringFeature.ExtendedArgument);
    }

    /// <summary>The sentence for a kernel whose io_uring lacks something.</summary>
    internal static string KernelTooOld() => string.Create(
        CultureInfo.InvariantCulture, $"The io_uring of this kernel (Linux {Environment.OSVersion.Version}) is too old: UringSharp needs Linux 5.15 or later.");

    private static string ReasonFor(int errno, int sysctl) => (errno, sysctl) switch
    {
        (Errno.ENOSYS, _) => "This kernel has no io_uring, or a filter hides it (ENOSYS): Linux 5.15 or later is needed, built with CONFIG_IO_URING; gVisor has none.",
        (Errno.EPERM or Errno.EACCES, 2) => "io_uring is switched off on this system (EPERM): sysctl kernel.io_uring_disabled is 2. Remedy, as root: sysctl -w kernel.io_uring_disabled=0.",
        (Errno.EPERM or Errno.EACCES, 1) => "io_uring is reserved to privileged processes (EPERM): sysctl kernel.io_uring_disabled is 1. Remedy: join the group of "
            + "kernel.io_uring_group, or as root sysctl -w kernel.io_uring_disabled=0.",
        (Errno.EPERM or Errno.EACCES, _) => "A security filter denies io_uring (EPERM), as the default seccomp profiles of Docker and Kubernetes do. Remedy: a seccomp profile that allows "
            + "io_uring_setup, io_uring_enter and io_uring_register.",
        _ => $"The kernel refused an io_uring instance: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).",
    };

    private static unsafe int Probe(out NativeProbeResult result)
    {
        // SAFETY: the pointer is to the caller's variable, fixed for the call.
        fixed (NativeProbeResult* pointer = &result)
        {
            *pointer = default;
            return NativeMethods.Probe(pointer);
        }
    }

    private bool Has(NativeFeatureFlags feature) => ((NativeFeatureFlags)_probe.Features & feature) != 0;

    private bool Has(NativeSetupFlags flag) => ((NativeSetupFlags)_probe.SetupFlags & flag) != 0;

    private unsafe bool Has(NativeOpcode opcode) => (_probe.Opcodes[(int)opcode / 64] >> ((int)opcode % 64) & 1) != 0;
}
