using UringSharp.Engine;

namespace UringSharp;

/// <summary>Where the code after an <c>await</c> of a UringSharp operation runs (without a SynchronizationContext that says otherwise).</summary>
public enum ContinuationMode
{
    /// <summary>
    /// On the thread that received the completion, the cheapest place; when it stays there for more than about a millisecond another thread takes
    /// over the ring, so that nobody waits for it. The default.
    /// </summary>
    Adaptive,

    /// <summary>
    /// On the thread pool, always. Dearer by a thread switch, and untouched by what the code does; right for code that blocks in uninterruptible calls,
    /// such as fsync or Process.Start.
    /// </summary>
    ThreadPool,

    /// <summary>On the thread that received the completion, always. Code that blocks there stops the ring.</summary>
    Inline,
}

/// <summary>What drives a <see cref="UringContext"/> or a <see cref="UringLoop"/>.</summary>
public enum UringBackend
{
    /// <summary>
    /// io_uring where the kernel grants it, else <see cref="Portable"/>; why, says <see cref="UringSupport.UnavailableReason"/>, and a warning of the event source "UringSharp". The default. The
    /// environment variable URINGSHARP_BACKEND (<c>uring</c> or <c>portable</c>) chooses in its place, for whoever runs a service and did not write it.
    /// </summary>
    Auto,

    /// <summary>io_uring; where it cannot be used, <see cref="UringNotSupportedException"/> says why and what would help.</summary>
    Uring,

    /// <summary>
    /// epoll(7) for pipes and all else that can be waited for, the thread pool for files, as <see cref="RandomAccess"/> has it; the page cache is asked first here too. For
    /// containers and sandboxes that deny io_uring. Waits occupy no thread and end at once when they are cancelled, as with io_uring; a transfer of a file that has begun does not end early.
    /// </summary>
    Portable,
}

/// <summary>How a <see cref="UringContext"/> is set up.</summary>
public sealed class UringOptions
{
    /// <summary>The largest <see cref="RingCount"/>.</summary>
    public const int MaxRingCount = 256;

    /// <summary>The largest <see cref="QueueDepth"/>: io_uring_setup(2).</summary>
    public const int MaxQueueDepth = 32768;

    /// <summary>What drives the context. The default is <see cref="UringBackend.Auto"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public UringBackend Backend
    {
        get;
        set => field = BackendChoice.RequireDefined(value);
    }

    /// <summary>
    /// Rings, each with a thread of its own; 1 to <see cref="MaxRingCount"/>. The default is one for every eight processors, at least one and at most
    /// eight: one ring serves about a million completions a second, and each further one means smaller batches and another thread that
    /// sleeps and wakes. A file or pipe stays with one ring: that of the pump thread which opens it, else the next in turn.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int RingCount
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxRingCount);
            field = value;
        }
    } = Math.Clamp(Environment.ProcessorCount / 8, 1, 8);

    /// <summary>
    /// Entries of each ring's submission queue; 1 to <see cref="MaxQueueDepth"/>, rounded up to a power of two by the kernel. The default is 256. It
    /// limits batches, not the number of operations: reads that wait for a peer may exceed it at will, others queue.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int QueueDepth
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxQueueDepth);
            field = value;
        }
    } = 256;

    /// <summary>Where continuations run. The default is <see cref="ContinuationMode.Adaptive"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public ContinuationMode Continuations
    {
        get;
        set
        {
            if (!Enum.IsDefined(value))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "The mode is not defined.");
            }

            field = value;
        }
    }

    /// <summary>
    /// How long a ring's thread looks for the next completion or request without sleeping before it sleeps; zero, the default, to
    /// <see cref="MaxBusyPoll"/>. It saves the microseconds that waking a sleeping processor takes, at the price of a processor that is busy as long as something comes at least
    /// that often; and once more after the last.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan BusyPoll
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxBusyPoll);
            field = value;
        }
    }

    /// <summary>The longest <see cref="BusyPoll"/>: a second.</summary>
    public static TimeSpan MaxBusyPoll { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether reads that go on may be used where the kernel has them: off, a test sees what an older kernel would get.</summary>
    internal bool AllowsMultishot { get; set; } = true;
}
