namespace UringSharp.Engine;

/// <summary>How bytes are moved without blocking anybody; in each way a wait is a POLL_ADD.</summary>
internal enum TransferWay : byte
{
    /// <summary>read(2) and write(2): the description is ours alone and in non-blocking mode.</summary>
    NonBlocking,

    /// <summary>recv(2) and send(2) with MSG_DONTWAIT: a socket, whatever its mode.</summary>
    Socket,

    /// <summary>The ring's READ and WRITE: a description that others share, whose mode is theirs, and that cannot be opened a second time (kernel fact F16).</summary>
    Ring,
}
