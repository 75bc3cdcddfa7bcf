using UringSharp.Engine;

namespace UringSharp;

/// <summary>How a <see cref="UringLoop"/> is set up.</summary>
public sealed class UringLoopOptions
{
    /// <summary>
    /// Entries of the ring's submission queue; 1 to <see cref="UringOptions.MaxQueueDepth"/>, rounded up to a power of two by the kernel. The default is 256. It limits
    /// batches, not the number of operations. Most of the memory of a loop is its ring: about 112 bytes an entry.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int QueueDepth
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, UringOptions.MaxQueueDepth);
            field = value;
        }
    } = 256;

    /// <summary>What drives the loop. The default is <see cref="UringBackend.Auto"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public UringBackend Backend
    {
        get;
        set => field = BackendChoice.RequireDefined(value);
    }

    /// <summary>How long the loop looks for the next completion or callback before it sleeps: <see cref="UringOptions.BusyPoll"/>. Zero, the default, to <see cref="UringOptions.MaxBusyPoll"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan BusyPoll
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, UringOptions.MaxBusyPoll);
            field = value;
        }
    }

    /// <summary>
    /// A callback that holds the loop for longer than this is reported: by <see cref="Stalled"/>, and as a warning of the event source "UringSharp". The default is 100 ms;
    /// <see cref="Timeout.InfiniteTimeSpan"/> reports none. One that never returns is never reported; a synchronous call that drives the loop while it waits counts whole.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, or negative and not infinite.</exception>
    public TimeSpan StallThreshold
    {
        get;
        set
        {
            if (value != Timeout.InfiniteTimeSpan)
            {
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            }

            field = value;
        }
    } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Called on the loop, with the time it was held, when a callback has returned that held it for longer than <see cref="StallThreshold"/>. What it throws ends the loop as
    /// what any callback throws.
    /// </summary>
    public Action<TimeSpan>? Stalled { get; set; }
}
