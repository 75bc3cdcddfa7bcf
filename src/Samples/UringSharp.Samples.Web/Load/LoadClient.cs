using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UringSharp.Samples.Web.Load;

/// <summary>One connection that is kept, by a bare socket: it shares two processors with the server, and is to leave them to it.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 * 1024];

    public async Task ConnectAsync(Uri server) => await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));

    /// <summary>What <see cref="GetAsync"/> sends.</summary>
    public static byte[] Request(string path) => Encoding.ASCII.GetBytes($"GET /{path} HTTP/1.1\r\nHost: load\r\n\r\n");

    /// <summary>Asks for a file of a length that is known, and takes it whole.</summary>
    public async Task GetAsync(byte[] request, long length, CancellationToken cancellationToken = default)
    {
        (int head, int received) = await OpenAsync(request, cancellationToken);
        long rest = length - (received - head);
        while (rest > 0)
        {
            rest -= await ReceiveAsync(0, cancellationToken);
        }

        if (rest < 0)
        {
            throw new InvalidDataException("The server has sent more than the file's length.");
        }
    }

    /// <summary>Asks, and takes the head of the answer: its length, and what has come.</summary>
    public async Task<(int Head, int Received)> OpenAsync(byte[] request, CancellationToken cancellationToken)
    {
        await _socket.SendAsync(request, cancellationToken);
        int received = 0;
        int end;
        do
        {
            received += await ReceiveAsync(received, cancellationToken);
        }
        while ((end = _buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8)) < 0);

        return _buffer.AsSpan().StartsWith("HTTP/1.1 200 "u8)
            ? (end + 4, received)
            : throw new InvalidDataException($"The server has answered: {Encoding.ASCII.GetString(_buffer, 0, received)}");
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<int> ReceiveAsync(int offset, CancellationToken cancellationToken)
    {
        int received = await _socket.ReceiveAsync(_buffer.AsMemory(offset), cancellationToken);
        return received > 0 ? received : throw new EndOfStreamException("The server has closed the connection.");
    }
}
