using Microsoft.Win32.SafeHandles;

namespace UringSharp.Files.Streams;

/// <summary>What a <see cref="UringFileStream"/> does behind its checks. Arguments are valid, and the stream can do what it is asked for.</summary>
internal abstract class FileStreamStrategy : IDisposable, IAsyncDisposable
{
    private readonly FileAccess _access;
    private int _closed;

    private protected FileStreamStrategy(FileAccess access) => _access = access;

    /// <summary>Writes what was gathered by a stream nobody disposed, and deletes its file where that was asked for.</summary>
    ~FileStreamStrategy() => Abandon();

    /// <summary>Whether it was closed, by itself or by whoever holds its handle.</summary>
    internal bool IsClosed => Volatile.Read(ref _closed) != 0 || Descriptor.IsClosed;

    /// <summary>Whether it can be read.</summary>
    internal bool CanRead => !IsClosed && (_access & FileAccess.Read) != 0;

    /// <summary>Whether it can be written.</summary>
    internal bool CanWrite => !IsClosed && (_access & FileAccess.Write) != 0;

    /// <summary>Whether it has positions.</summary>
    internal abstract bool CanSeek { get; }

    /// <summary>The descriptor, as it is.</summary>
    internal abstract SafeFileHandle Descriptor { get; }

    /// <summary>The path.</summary>
    internal abstract string Name { get; }

    /// <summary>The file's length, what is gathered included.</summary>
    internal abstract long Length { get; }

    /// <summary>The place of the next read or write.</summary>
    internal abstract long Position { get; set; }

    /// <summary>Moves the position.</summary>
    internal abstract long Seek(long offset, SeekOrigin origin);

    /// <summary>Cuts or extends the file.</summary>
    internal abstract void SetLength(long length);

    /// <summary>Reads, blocking.</summary>
    internal abstract int Read(Span<byte> buffer);

    /// <summary>Reads.</summary>
    internal abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes, blocking.</summary>
    internal abstract void Write(ReadOnlySpan<byte> buffer);

    /// <summary>Writes.</summary>
    internal abstract ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Hands what is gathered to the kernel, and where told to the disk, blocking.</summary>
    internal abstract void Flush(bool toDisk);

    /// <summary>As <see cref="Flush"/>.</summary>
    internal abstract ValueTask FlushAsync(bool toDisk, CancellationToken cancellationToken);

    /// <summary>Locks a range against other processes.</summary>
    internal abstract void Lock(long position, long length);

    /// <summary>Unlocks it.</summary>
    internal abstract void Unlock(long position, long length);

    /// <summary>Makes the descriptor fit for others: nothing gathered, its own position that of the stream.</summary>
    internal abstract void Expose();

    /// <summary>Flushes and closes, once.</summary>
    public abstract void Dispose();

    /// <summary>As <see cref="Dispose"/>.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>True for the first who closes.</summary>
    private protected bool TryClose()
    {
        NeedsNoFinalizer();
        return Interlocked.Exchange(ref _closed, 1) == 0;
    }

    /// <summary>There is nothing the finalizer would have to do, or nothing any more.</summary>
#pragma warning disable CA1816 // Not only Dispose can tell.
    private protected void NeedsNoFinalizer() => GC.SuppressFinalize(this);
#pragma warning restore CA1816

    /// <summary>By the finalizer.</summary>
    private protected virtual void Abandon()
    {
    }

    private protected void ThrowIfClosed()
    {
        if (IsClosed)
        {
            throw StreamErrors.Closed();
        }
    }
}
