namespace UringSharp;

/// <summary>How a named pipe is opened.</summary>
public sealed class NamedPipeOptions
{
    /// <summary>The context the pipe belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</summary>
    public UringContext? Context { get; set; }

    /// <summary>When reading ends; by default when all writers have closed. It says nothing for an end that writes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the values.</exception>
    public EndOfStreamMode EndOfStream
    {
        get;
        set
        {
            if (value is not (EndOfStreamMode.WhenWritersLeave or EndOfStreamMode.Never))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "This is no end of a stream.");
            }

            field = value;
        }
    }

    /// <summary>
    /// How many bytes the pipe shall hold: fcntl(2), F_SETPIPE_SZ; the kernel rounds up to a power of two of pages. 0, the default, leaves it as it is (65 536 for a new one). A
    /// pipe has one capacity, whoever opens it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Capacity
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
}
