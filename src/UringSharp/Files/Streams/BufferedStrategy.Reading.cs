using System.Runtime.CompilerServices;
using UringSharp.Engine;

namespace UringSharp.Files.Streams;

/// <content>Reads, a buffer at a time.</content>
internal sealed partial class BufferedStrategy
{
    /// <summary>What lies in the buffer from the position on.</summary>
    private ReadOnlySpan<byte> Available
    {
        get
        {
            long skipped = _position - _start;
            return skipped >= 0 && skipped < _readLength ? _buffer.AsSpan((int)skipped, _readLength - (int)skipped) : default;
        }
    }

    /// <inheritdoc/>
    internal override int Read(Span<byte> buffer)
    {
        Enter();
        try
        {
            ThrowIfClosed();
            Drain();
            ReadOnlySpan<byte> available = Available;
            int done = Math.Min(available.Length, buffer.Length);
            available[..done].CopyTo(buffer);
            Span<byte> rest = buffer[done..];
            if (rest.IsEmpty)
            {
                Advance(done);
                return done;
            }

            long offset = _position + done;
            _readLength = 0;
            int read;
            if (rest.Length >= _size)
            {
                read = File.Read(rest, offset);
            }
            else
            {
                _readLength = File.Read(Buffer, offset);
                _start = offset;
                read = Math.Min(_readLength, rest.Length);
                _buffer.AsSpan(0, read).CopyTo(rest);
            }

            Advance(done + read);
            return done + read;
        }
        finally
        {
            _gate.ExitHere();
        }
    }

    /// <inheritdoc/>
    internal override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_gate.TryEnter())
        {
            return ReadAfterOthersAsync(buffer, cancellationToken);
        }

        bool isOver = true;
        try
        {
            ThrowIfClosed();
            if (HasUnwritten)
            {
                isOver = false;
                return DrainAndReadAsync(buffer, cancellationToken);
            }

            ValueTask<int> reading = BeginRead(buffer, cancellationToken, out int done, out bool isFill);
            if (reading.IsCompletedSuccessfully)
            {
                return new ValueTask<int>(EndRead(buffer.Span, done, isFill, reading.Result));
            }

            isOver = false;
            return FinishReadAsync(reading, buffer, done, isFill);
        }
        finally
        {
            if (isOver)
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>Copies what is in the buffer, and asks the file for the rest: into the caller's memory where that is as large as the buffer, else into the buffer.</summary>
    private ValueTask<int> BeginRead(Memory<byte> buffer, CancellationToken cancellationToken, out int done, out bool isFill)
    {
        ReadOnlySpan<byte> available = Available;
        done = Math.Min(available.Length, buffer.Length);
        available[..done].CopyTo(buffer.Span);
        Memory<byte> rest = buffer[done..];
        isFill = rest.Length < _size;
        if (rest.IsEmpty)
        {
            isFill = false;
            return new ValueTask<int>(0);
        }

        // From here on the buffer is not what it was, whether the read succeeds or not.
        _readLength = 0;
        return File.ReadAsync(isFill ? Buffer : rest, _position + done, cancellationToken);
    }

    private int EndRead(Span<byte> buffer, int done, bool isFill, int read)
    {
        if (isFill)
        {
            _start = _position + done;
            _readLength = read;
            read = Math.Min(read, buffer.Length - done);
            _buffer.AsSpan(0, read).CopyTo(buffer[done..]);
        }

        Advance(done + read);
        return done + read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishReadAsync(ValueTask<int> reading, Memory<byte> buffer, int done, bool isFill)
    {
        try
        {
            int read = await reading.ConfigureAwait(LoopContext.IsCurrent);
            return EndRead(buffer.Span, done, isFill, read);
        }
        finally
        {
            _gate.Exit();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> DrainAndReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await DrainAsync().ConfigureAwait(LoopContext.IsCurrent);
            int read = await BeginRead(buffer, cancellationToken, out int done, out bool isFill).ConfigureAwait(LoopContext.IsCurrent);
            return EndRead(buffer.Span, done, isFill, read);
        }
        finally
        {
            _gate.Exit();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAfterOthersAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        try
        {
            ThrowIfClosed();
        }
        catch
        {
            _gate.Exit();
            throw;
        }

        return await DrainAndReadAsync(buffer, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
    }
}
