using System.Runtime.CompilerServices;
using UringSharp.Engine;
using UringSharp.Engine.Operations;

namespace UringSharp.Files.Streams;

/// <summary>
/// Each call is one to the kernel. Calls begun at the same time run at the same time, at consecutive positions: the position moves when a call
/// begins, and is put right when it moves less.
/// </summary>
internal sealed class UnbufferedStrategy : SeekableStrategy
{
    private long _position;

    internal UnbufferedStrategy(StreamFile file, long position)
        : base(file)
    {
        _position = position;
        if (!file.DeletesOnClose)
        {
            NeedsNoFinalizer();
        }
    }

    /// <inheritdoc/>
    internal override long Length => File.GetLength();

    /// <inheritdoc/>
    internal override long Position
    {
        get => Volatile.Read(ref _position);
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <inheritdoc/>
    internal override long Seek(long offset, SeekOrigin origin)
    {
        long target = File.Resolve(offset, origin, Position);
        Volatile.Write(ref _position, target);
        return target;
    }

    /// <inheritdoc/>
    internal override void SetLength(long length)
    {
        File.SetLength(length);
        if (Position > length)
        {
            Volatile.Write(ref _position, length);
        }
    }

    /// <inheritdoc/>
    internal override int Read(Span<byte> buffer)
    {
        int read = File.Read(buffer, Position);
        Interlocked.Add(ref _position, read);
        return read;
    }

    /// <inheritdoc/>
    internal override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long offset = Take(buffer.Length);
        ValueTask<int> reading;
        try
        {
            reading = File.ReadAsync(buffer, offset, cancellationToken);
            if (reading.IsCompletedSuccessfully)
            {
                int read = reading.Result;
                GiveBack(buffer.Length - read);
                return new ValueTask<int>(read);
            }
        }
        catch
        {
            GiveBack(buffer.Length);
            throw;
        }

        return FinishReadAsync(reading, buffer.Length);
    }

    /// <inheritdoc/>
    internal override void Write(ReadOnlySpan<byte> buffer)
    {
        File.Write(buffer, Position);
        Interlocked.Add(ref _position, buffer.Length);
    }

    /// <inheritdoc/>
    internal override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        long offset = Take(buffer.Length);
        ValueTask writing;
        try
        {
            writing = File.WriteAsync(buffer, offset, cancellationToken);
            if (writing.IsCompletedSuccessfully)
            {
                writing.GetAwaiter().GetResult();
                return default;
            }
        }
        catch
        {
            GiveBack(buffer.Length);
            throw;
        }

        return FinishWriteAsync(writing, buffer.Length);
    }

    /// <inheritdoc/>
    internal override void Flush(bool toDisk)
    {
        if (toDisk && CanWrite)
        {
            File.FlushToDisk();
        }
    }

    /// <inheritdoc/>
    internal override ValueTask FlushAsync(bool toDisk, CancellationToken cancellationToken) =>
        toDisk && CanWrite ? File.FlushToDiskAsync(cancellationToken) : AnswerOperation.Answer();

    /// <inheritdoc/>
    internal override void Expose() => File.MoveDescriptor(Position);

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (TryClose())
        {
            File.Dispose();
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => TryClose() ? File.DisposeAsync() : default;

    /// <inheritdoc/>
    private protected override void Abandon()
    {
        UringEventSource.Log.Forgotten(nameof(UringFileStream), Name);
        File.Abandon();
    }

    private long Take(int length) => Interlocked.Add(ref _position, length) - length;

    private void GiveBack(int length)
    {
        if (length != 0)
        {
            Interlocked.Add(ref _position, -length);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishReadAsync(ValueTask<int> reading, int length)
    {
        int read = 0;
        try
        {
            read = await reading.ConfigureAwait(LoopContext.IsCurrent);
        }
        finally
        {
            GiveBack(length - read);
        }

        return read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishWriteAsync(ValueTask writing, int length)
    {
        try
        {
            await writing.ConfigureAwait(LoopContext.IsCurrent);
        }
        catch
        {
            GiveBack(length);
            throw;
        }
    }
}
