namespace UringSharp;

/// <summary>How a <see cref="UringLoopGroup"/> is set up.</summary>
public sealed class UringLoopGroupOptions
{
    /// <summary>The largest <see cref="LoopCount"/>.</summary>
    public const int MaxLoopCount = 4096;

    /// <summary>Loops, each on a thread of its own; 1 to <see cref="MaxLoopCount"/>. The default is one for each processor that the process may use.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int LoopCount
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxLoopCount);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>
    /// Whether each loop's thread stays on one processor: the loop of index n on the n-th that the process may use, and round again (sched_setaffinity(2)). Where that is not permitted the
    /// threads stay as they are. The default is true. In a container whose share of the processors is limited by a quota (docker run --cpus) <see cref="LoopCount"/> follows the quota, but the
    /// processors are those of the host, which other containers pin their threads to as well: false may serve better there.
    /// </summary>
    public bool PinsThreads { get; set; } = true;

    /// <summary>How to set up each loop; null for the defaults.</summary>
    public UringLoopOptions? Loop { get; set; }
}
