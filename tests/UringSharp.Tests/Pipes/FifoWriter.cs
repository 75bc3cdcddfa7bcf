namespace UringSharp.Tests.Pipes;

/// <summary>The writing end of a FIFO, in this process, by plain system calls.</summary>
internal sealed class FifoWriter : IDisposable
{
    private int _descriptor;

    public FifoWriter(string path, bool blocking = true)
    {
        // A read end is open: O_NONBLOCK succeeds at once, or says that there is none.
        _descriptor = PipeLibc.MustOpen(path, PipeLibc.WriteOnly | (blocking ? 0 : PipeLibc.NonBlocking));
    }

    /// <summary>Opens, writes, closes.</summary>
    public static void Visit(string path, ReadOnlySpan<byte> bytes = default)
    {
        using FifoWriter writer = new(path, blocking: false);
        if (!bytes.IsEmpty)
        {
            writer.Write(bytes);
        }
    }

    /// <summary>Writes everything.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int written = PipeLibc.Must(PipeLibc.Write(_descriptor, bytes));
            bytes = bytes[written..];
        }
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = PipeLibc.Close(_descriptor);
            _descriptor = -1;
        }
    }
}
