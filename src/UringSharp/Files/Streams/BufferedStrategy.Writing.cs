using System.Runtime.CompilerServices;
using UringSharp.Engine;

namespace UringSharp.Files.Streams;

/// <content>Writes, gathered and written behind.</content>
internal sealed partial class BufferedStrategy
{
    /// <inheritdoc/>
    internal override void Write(ReadOnlySpan<byte> buffer)
    {
        Enter();
        try
        {
            ThrowIfClosed();
            _readLength = 0;
            CheckWrittenBehind();
            if (buffer.Length >= _size)
            {
                Drain();
                File.Write(buffer, _position);
                Advance(buffer.Length);
                return;
            }

            int room = _size - _gatheredLength;
            if (buffer.Length > room)
            {
                // Whatever fails, fails before a byte of this call is accepted.
                _behind.Settle();
                if (_gatheredLength == _size)
                {
                    Drain();
                }
                else
                {
                    // The first part fills the buffer, which is then written; it is taken back should that fail.
                    FillAndDrain(buffer[..room]);
                    buffer = buffer[room..];
                }
            }

            Gather(buffer);
        }
        finally
        {
            _gate.ExitHere();
        }
    }

    /// <inheritdoc/>
    internal override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_gate.TryEnter())
        {
            return WriteAfterOthersAsync(buffer, cancellationToken);
        }

        bool isOver = true;
        try
        {
            ThrowIfClosed();
            _readLength = 0;
            CheckWrittenBehind();
            if (buffer.Length < _size)
            {
                if (buffer.Length > _size - _gatheredLength && !_behind.IsEmpty)
                {
                    isOver = false;
                    return SettleAndGatherAsync(buffer);
                }

                GatherAndWriteBehind(buffer.Span);
                return default;
            }

            if (!HasUnwritten)
            {
                ValueTask writing = File.WriteAsync(buffer, _position, cancellationToken);
                if (writing.IsCompletedSuccessfully)
                {
                    writing.GetAwaiter().GetResult();
                    Advance(buffer.Length);
                    return default;
                }

                isOver = false;
                return FinishWriteAsync(writing, buffer.Length);
            }

            isOver = false;
            return DrainAndWriteAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (isOver)
        {
            return ValueTask.FromException(e);
        }
        finally
        {
            if (isOver)
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>Adds to what is gathered; there is room for it.</summary>
    private void Gather(ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return;
        }

        if (_gatheredLength == 0)
        {
            _start = _position;
        }

        buffer.CopyTo(Buffer.AsSpan(_gatheredLength));
        _gatheredLength += buffer.Length;
        Advance(buffer.Length);
    }

    private void FillAndDrain(ReadOnlySpan<byte> buffer)
    {
        Gather(buffer);
        try
        {
            Drain();
        }
        catch
        {
            Forget(buffer.Length);
            throw;
        }
    }

    /// <summary>Takes back what was gathered last, of a call that fails.</summary>
    private void Forget(int length)
    {
        _gatheredLength -= length;
        Advance(-length);
    }

    /// <summary>Adds to what is gathered; where that fills the buffer, hands it on and goes on with the other one, if that is free.</summary>
    private void GatherAndWriteBehind(ReadOnlySpan<byte> buffer)
    {
        int first = Math.Min(buffer.Length, _size - _gatheredLength);
        Gather(buffer[..first]);
        if (_gatheredLength == _size && _behind.IsEmpty)
        {
            try
            {
                _behind.Take(ref _buffer, _gatheredLength, _start);
            }
            catch
            {
                Forget(first);
                throw;
            }

            _gatheredLength = 0;
        }

        Gather(buffer[first..]);
    }

    /// <summary>If what was written behind has ended, takes note: its error is this call's.</summary>
    private void CheckWrittenBehind()
    {
        if (_behind.HasAnswer)
        {
            _behind.Settle();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SettleAndGatherAsync(ReadOnlyMemory<byte> buffer)
    {
        try
        {
            await _behind.SettleAsync().ConfigureAwait(LoopContext.IsCurrent);
            GatherAndWriteBehind(buffer.Span);
        }
        finally
        {
            _gate.Exit();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishWriteAsync(ValueTask writing, int length)
    {
        try
        {
            await writing.ConfigureAwait(LoopContext.IsCurrent);
            Advance(length);
        }
        finally
        {
            _gate.Exit();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DrainAndWriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await DrainAsync().ConfigureAwait(LoopContext.IsCurrent);
            await File.WriteAsync(buffer, _position, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            Advance(buffer.Length);
        }
        finally
        {
            _gate.Exit();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAfterOthersAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        try
        {
            ThrowIfClosed();
            _readLength = 0;
            CheckWrittenBehind();
            if (buffer.Length < _size)
            {
                if (buffer.Length > _size - _gatheredLength && !_behind.IsEmpty)
                {
                    await _behind.SettleAsync().ConfigureAwait(LoopContext.IsCurrent);
                }

                GatherAndWriteBehind(buffer.Span);
                return;
            }

            await DrainAsync().ConfigureAwait(LoopContext.IsCurrent);
            await File.WriteAsync(buffer, _position, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            Advance(buffer.Length);
        }
        finally
        {
            _gate.Exit();
        }
    }
}
