namespace UringSharp;

/// <summary>What a descriptor can be waited for: the events of poll(2), with the kernel's numbers.</summary>
[Flags]
public enum PollEvents
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>POLLIN: reading does not block. There is data, a connection to accept, or the end of the data.</summary>
    Read = 0x0001,

    /// <summary>POLLPRI: something exceptional, such as out-of-band data of a socket, or an attribute below /sys that has changed.</summary>
    Priority = 0x0002,

    /// <summary>POLLOUT: writing does not block.</summary>
    Write = 0x0004,

    /// <summary>POLLERR: an error is pending, or the reader of a pipe has gone. Reported whether or not it is asked for.</summary>
    Error = 0x0008,

    /// <summary>POLLHUP: the other side has hung up. Reported whether or not it is asked for. Data may still be there to be read.</summary>
    HangUp = 0x0010,

    /// <summary>POLLRDHUP: the peer of a stream socket has closed its writing half. Reported where it is asked for only.</summary>
    ReadHangUp = 0x2000,
}
