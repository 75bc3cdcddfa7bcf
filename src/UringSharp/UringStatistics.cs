namespace UringSharp;

/// <summary>What a <see cref="UringContext"/> has done so far, added up over its rings. The numbers are read one after another, not at one instant.</summary>
public readonly record struct UringStatistics
{
    /// <summary>What drives the context: <see cref="UringBackend.Uring"/> or <see cref="UringBackend.Portable"/>. With the latter, "the kernel" of the other figures is epoll(7) and what is made of it.</summary>
    public UringBackend Backend { get; init; }

    /// <summary>Rings in use.</summary>
    public int Rings { get; init; }

    /// <summary>Threads of the pumps: a home for each ring, and its deputies.</summary>
    public int PumpThreads { get; init; }

    /// <summary>Operations submitted to the kernel. An operation of several steps counts several times.</summary>
    public long Submissions { get; init; }

    /// <summary>Answers received from the kernel.</summary>
    public long Completions { get; init; }

    /// <summary>Submissions not yet answered.</summary>
    public long InFlight { get; init; }

    /// <summary>How often answers were taken; <see cref="Completions"/> divided by this is the mean batch.</summary>
    public long Batches { get; init; }

    /// <summary>How often the kernel was found to have more answers than its queue has room for; they are not lost, and cost a system call more.</summary>
    public long Overflows { get; init; }

    /// <summary>Operations that somebody asked to end early, by a token, a disposal or the end of the context, and that did.</summary>
    public long Cancellations { get; init; }

    /// <summary>Operations that somebody asked to end early, and that had their result nevertheless: they could still succeed, or fail.</summary>
    public long CancellationsTooLate { get; init; }

    /// <summary>Continuations the thread pool helped with, because a batch had run long enough.</summary>
    public long SpilledContinuations { get; init; }

    /// <summary>How often another thread has ended the sleep of a ring's thread, each time by one system call; what comes while it is awake needs none.</summary>
    public long WakeUps { get; init; }

    /// <summary>How often a continuation overstayed and another thread took the lead.</summary>
    public long Takeovers { get; init; }

    /// <summary>
    /// Whether continuations run on the thread pool for good, because user code on a pump thread was found in uninterruptible sleep: in that state
    /// the kernel completes nothing the thread submitted.
    /// </summary>
    public bool HasRetreatedToThreadPool { get; init; }
}
