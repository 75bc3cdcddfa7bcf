using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UringSharp.Extensions.Tests.Support;

/// <summary>A client of one endpoint that sends events, by a bare socket: a thousand of them cost little, and each can leave in its own way.</summary>
internal sealed class TailClient(Uri server) : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly StringBuilder _received = new();
    private readonly byte[] _buffer = new byte[512];

    /// <summary>Asks, and waits for the head of the answer.</summary>
    public async Task OpenAsync(string path)
    {
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
        await _socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: sample\r\n\r\n"));
        await ReceiveAsync("\r\n\r\n");
        _received.ToString().Should().StartWith("HTTP/1.1 200 ");
    }

    /// <summary>Waits until a text has come.</summary>
    public async Task ReceiveAsync(string text)
    {
        while (!_received.ToString().Contains(text, StringComparison.Ordinal))
        {
            int received = await _socket.ReceiveAsync(_buffer);
            received.Should().BePositive("the server has closed after: {0}", _received);
            _received.Append(Encoding.UTF8.GetString(_buffer, 0, received));
        }
    }

    /// <summary>Leaves without a word: the connection is reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>Says that nothing more will come, and stays to listen.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
