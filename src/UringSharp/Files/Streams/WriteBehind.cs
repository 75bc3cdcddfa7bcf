using System.Runtime.CompilerServices;
using UringSharp.Engine;

namespace UringSharp.Files.Streams;

/// <summary>
/// A buffer on its way to the kernel while its stream fills another one. What the kernel refuses stays here: whoever waits for it is told, and the next who does
/// has it tried again.
/// </summary>
internal sealed class WriteBehind(StreamFile file)
{
    private byte[]? _buffer;
    private int _length;
    private long _start;
    private ValueTask _writing;

    /// <summary>Whether nothing is on its way, and nothing was refused.</summary>
    internal bool IsEmpty => _length == 0;

    /// <summary>Where in the file the bytes end; 0 where there are none.</summary>
    internal long End => _length > 0 ? _start + _length : 0;

    /// <summary>Whether nobody has seen the kernel's answer yet, be it there or not.</summary>
    internal bool IsOnItsWay { get; private set; }

    /// <summary>Whether there is an answer that nobody has seen.</summary>
    internal bool HasAnswer => IsOnItsWay && _writing.IsCompleted;

    /// <summary>Takes a full buffer, and leaves the other one in its place where the kernel does not take the bytes at once. It must be empty.</summary>
    internal void Take(ref byte[]? buffer, int length, long start)
    {
        ValueTask writing = file.WriteAsync(buffer.AsMemory(0, length), start, CancellationToken.None);
        if (writing.IsCompletedSuccessfully)
        {
            writing.GetAwaiter().GetResult();
            return;
        }

        _writing = writing;
        IsOnItsWay = true;
        _start = start;
        _length = length;
        (_buffer, buffer) = (buffer, _buffer);
    }

    /// <summary>Waits, blocking, until the kernel has the bytes. On an event loop they must not be on their way without an answer: nothing would bring it.</summary>
    internal void Settle()
    {
        if (IsOnItsWay)
        {
            ValueTask writing = TakeAnswer();
            if (writing.IsCompleted)
            {
                writing.GetAwaiter().GetResult();
            }
            else
            {
                writing.AsTask().GetAwaiter().GetResult();
            }
        }
        else if (_length > 0)
        {
            file.Write(_buffer.AsSpan(0, _length), _start);
        }

        _length = 0;
    }

    /// <summary>As <see cref="Settle"/>, without blocking.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SettleAsync()
    {
        if (IsOnItsWay)
        {
            await TakeAnswer().ConfigureAwait(LoopContext.IsCurrent);
        }
        else if (_length > 0)
        {
            await file.WriteAsync(_buffer.AsMemory(0, _length), _start, CancellationToken.None).ConfigureAwait(LoopContext.IsCurrent);
        }

        _length = 0;
    }

    /// <summary>Whatever it is, it is taken once. After a failure the bytes are still there.</summary>
    private ValueTask TakeAnswer()
    {
        ValueTask writing = _writing;
        _writing = default;
        IsOnItsWay = false;
        return writing;
    }
}
