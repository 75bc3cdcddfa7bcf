using System.Text;
using UringSharp.Interop.Native;

namespace UringSharp.Tests.Engine;

/// <summary>A FIFO whose reading end is the library's and whose writing end is driven by plain system calls, without allocating.</summary>
internal sealed class Fifo : IDisposable
{
    private int _writer;

    private Fifo(UringPipeStream reader, int writer)
    {
        Reader = reader;
        _writer = writer;
    }

    /// <summary>The reading end.</summary>
    public UringPipeStream Reader { get; }

    /// <summary>Opens both ends of a FIFO that exists.</summary>
    public static async Task<Fifo> OpenAsync(string path, UringContext context)
    {
        UringPipeStream reader = await OpenReaderAsync(path, context).ConfigureAwait(false);
        return new Fifo(reader, OpenWriter(path));
    }

    /// <summary>Opens the reading end alone.</summary>
    public static ValueTask<UringPipeStream> OpenReaderAsync(string path, UringContext context) =>
        NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = context });

    /// <summary>Writes a number, 8 bytes, at once.</summary>
    public unsafe void Write(long number = 0)
    {
        // SAFETY: a local, for the length of the call.
        int written = NativeMethods.Write(_writer, &number, sizeof(long));
        if (written != sizeof(long))
        {
            throw new InvalidOperationException($"write(2) answered {written}.");
        }
    }

    /// <summary>The writer leaves: the reader sees the end.</summary>
    public void CloseWriter()
    {
        int writer = Interlocked.Exchange(ref _writer, -1);
        if (writer >= 0)
        {
            _ = NativeMethods.Close(writer);
        }
    }

    public void Dispose()
    {
        CloseWriter();
        Reader.Dispose();
    }

    private static unsafe int OpenWriter(string path)
    {
        // SAFETY: the array ends with a NUL and is fixed for the call.
        fixed (byte* pointer = Encoding.UTF8.GetBytes(path + '\0'))
        {
            int descriptor = NativeMethods.Open(pointer, (uint)(NativeOpenFlags.WriteOnly | NativeOpenFlags.Nonblock | NativeOpenFlags.Cloexec), 0);
            return descriptor >= 0 ? descriptor : throw new InvalidOperationException($"open(2) answered {descriptor}.");
        }
    }
}
