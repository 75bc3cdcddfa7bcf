using System.Runtime.CompilerServices;
using UringSharp.Engine;

namespace UringSharp.Files.Streams;

/// <summary>
/// Reads a buffer at a time and gathers writes that are smaller than the buffer. A buffer that asynchronous writes have filled is written behind: it goes to the kernel while
/// the caller fills another one; one at most is on its way. Calls are served one after another.
/// <para>
/// What could not be written stays gathered, as with FileStream: the call that meets the error reports it, and the next that needs the bytes written tries again. So
/// the position, and the length where bytes are gathered, always count everything that was accepted.
/// </para>
/// </summary>
internal sealed partial class BufferedStrategy : SeekableStrategy
{
    private readonly int _size;
    private readonly AsyncGate _gate = new();
    private readonly WriteBehind _behind;
    private long _position;

    // What was read, or gathered, and the place in the file where it begins. At most one of the two lengths is not 0, and gathered bytes end at the position.
    private byte[]? _buffer;
    private long _start;
    private int _readLength;
    private int _gatheredLength;

    internal BufferedStrategy(StreamFile file, int size, long position)
        : base(file)
    {
        _size = size;
        _position = position;
        _behind = new WriteBehind(file);
        if (!file.DeletesOnClose && (file.Access & FileAccess.Write) == 0)
        {
            NeedsNoFinalizer();
        }
    }

    /// <inheritdoc/>
    internal override long Length
    {
        get
        {
            // Without waiting for calls that run. First what is gathered, then the file: what is handed on meanwhile counts in one of the two.
            long gathered = _gatheredLength > 0 ? Position : _behind.End;
            return Math.Max(File.GetLength(), gathered);
        }
    }

    /// <inheritdoc/>
    internal override long Position
    {
        get => Volatile.Read(ref _position);
        set => Seek(value, SeekOrigin.Begin);
    }

    private bool HasUnwritten => _gatheredLength > 0 || !_behind.IsEmpty;

    private byte[] Buffer => _buffer ??= new byte[_size];

    /// <inheritdoc/>
    internal override long Seek(long offset, SeekOrigin origin)
    {
        Enter();
        try
        {
            Drain();
            long target = File.Resolve(offset, origin, _position);
            Volatile.Write(ref _position, target);
            if (Available.IsEmpty)
            {
                _readLength = 0;
            }

            return target;
        }
        finally
        {
            _gate.ExitHere();
        }
    }

    /// <inheritdoc/>
    internal override void SetLength(long length)
    {
        Enter();
        try
        {
            Drain();
            _readLength = 0;
            File.SetLength(length);
            if (_position > length)
            {
                Volatile.Write(ref _position, length);
            }
        }
        finally
        {
            _gate.ExitHere();
        }
    }

    /// <inheritdoc/>
    internal override void Flush(bool toDisk)
    {
        Enter();
        try
        {
            ThrowIfClosed();
            Drain();
            _readLength = 0;
            if (toDisk && CanWrite)
            {
                File.FlushToDisk();
            }
        }
        finally
        {
            _gate.ExitHere();
        }
    }

    /// <inheritdoc/>
    internal override ValueTask FlushAsync(bool toDisk, CancellationToken cancellationToken)
    {
        if (!_gate.TryEnter())
        {
            return FlushAfterOthersAsync(toDisk, cancellationToken);
        }

        if (HasUnwritten || toDisk)
        {
            return DrainAndFlushAsync(toDisk, cancellationToken);
        }

        _readLength = 0;
        _gate.Exit();
        return default;
    }

    /// <inheritdoc/>
    internal override void Expose()
    {
        Flush(toDisk: false);
        File.MoveDescriptor(Position);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // Without anything to write there is nothing to wait for: a read that is under way ends with the descriptor.
        bool mustWait = (File.Access & FileAccess.Write) != 0;
        if (mustWait)
        {
            Enter();
        }

        try
        {
            if (TryClose())
            {
                try
                {
                    if (mustWait && !Descriptor.IsClosed)
                    {
                        Drain();
                    }
                }
                finally
                {
                    File.Dispose();
                }
            }
        }
        finally
        {
            if (mustWait)
            {
                _gate.ExitHere();
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        bool mustWait = (File.Access & FileAccess.Write) != 0;
        if (mustWait)
        {
            await EnterAsync(CancellationToken.None).ConfigureAwait(LoopContext.IsCurrent);
        }

        try
        {
            if (TryClose())
            {
                try
                {
                    if (mustWait && !Descriptor.IsClosed)
                    {
                        await DrainForGoodAsync().ConfigureAwait(LoopContext.IsCurrent);
                    }
                }
                finally
                {
                    await File.DisposeAsync().ConfigureAwait(LoopContext.IsCurrent);
                }
            }
        }
        finally
        {
            if (mustWait)
            {
                _gate.Exit();
            }
        }
    }

    /// <inheritdoc/>
    private protected override void Abandon()
    {
        UringEventSource.Log.Forgotten(nameof(UringFileStream), Name);
        try
        {
            Drain();
        }
        catch (Exception e) when (IsIoFailure(e))
        {
            // Nobody is there to be told.
        }
        finally
        {
            File.Abandon();
        }
    }

    /// <summary>Takes the turn, blocking; on an event loop with nothing on its way, so that no call waits while it has the turn.</summary>
    private void Enter() => _gate.EnterHere(static self => !self._behind.IsOnItsWay || self._behind.HasAnswer, this);

    private Task EnterAsync(CancellationToken cancellationToken) => _gate.TryEnter() ? Task.CompletedTask : _gate.EnterAsync(cancellationToken);

    private void Advance(int length) => Volatile.Write(ref _position, _position + length);

    /// <summary>Brings everything that is gathered into the kernel, blocking, in order.</summary>
    private void Drain()
    {
        _behind.Settle();
        if (_gatheredLength > 0)
        {
            File.Write(_buffer.AsSpan(0, _gatheredLength), _start);
            _gatheredLength = 0;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DrainAsync()
    {
        if (!_behind.IsEmpty)
        {
            await _behind.SettleAsync().ConfigureAwait(LoopContext.IsCurrent);
        }

        if (_gatheredLength > 0)
        {
            await File.WriteAsync(_buffer.AsMemory(0, _gatheredLength), _start, CancellationToken.None).ConfigureAwait(LoopContext.IsCurrent);
            _gatheredLength = 0;
        }
    }

    private async ValueTask DrainForGoodAsync()
    {
        try
        {
            await DrainAsync().ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (ObjectDisposedException)
        {
            // The context is gone, the file is not.
            await BlockingPool.Shared.RunAsync(
                static stream =>
                {
                    stream.Drain();
                    return true;
                },
                this,
                CancellationToken.None).ConfigureAwait(LoopContext.IsCurrent);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DrainAndFlushAsync(bool toDisk, CancellationToken cancellationToken)
    {
        try
        {
            await DrainAsync().ConfigureAwait(LoopContext.IsCurrent);
            _readLength = 0;
            if (toDisk && CanWrite)
            {
                await File.FlushToDiskAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushAfterOthersAsync(bool toDisk, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        if (IsClosed)
        {
            // Closed while this waited for its turn: nothing was flushed in its name.
            _gate.Exit();
            throw StreamErrors.Closed();
        }

        await DrainAndFlushAsync(toDisk, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
    }
}
