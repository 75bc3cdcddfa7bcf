using System.Buffers;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Engine.Operations;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Files.Streams;

/// <summary>
/// A stream over what has no positions: a FIFO, a terminal, a character device. A call that waits occupies no thread. Nothing is gathered: a write is the other side's
/// when it ends.
/// </summary>
internal sealed class PipeStrategy : FileStreamStrategy
{
    /// <summary>The most that is copied at a time for a write that blocks, since memory of the caller's stack cannot be waited with.</summary>
    private const int CopyLength = 1 << 20;

    private readonly PipeHandle _handle;
    private readonly UringPipeStream _reader;
    private readonly SafeFileHandle _exposed;
    private readonly bool _isLocked;
    private readonly bool _deleteOnClose;

    /// <param name="handle">The private descriptor.</param>
    /// <param name="exposed">The descriptor to show: the same one, or the one the stream was made for.</param>
    /// <param name="name">The path, or a substitute.</param>
    /// <param name="access">What the stream is for.</param>
    /// <param name="isLocked">Whether it holds a lock of flock(2).</param>
    /// <param name="deleteOnClose">Whether closing deletes the path.</param>
    internal PipeStrategy(PipeHandle handle, SafeFileHandle exposed, string name, FileAccess access, bool isLocked, bool deleteOnClose)
        : base(access)
    {
        _handle = handle;
        _reader = new UringPipeStream(handle);
        _exposed = exposed;
        _isLocked = isLocked;
        _deleteOnClose = deleteOnClose;
        Name = name;
        if (!deleteOnClose)
        {
            NeedsNoFinalizer();
        }
    }

    /// <inheritdoc/>
    internal override bool CanSeek => false;

    /// <inheritdoc/>
    internal override SafeFileHandle Descriptor => _exposed;

    /// <inheritdoc/>
    internal override string Name { get; }

    /// <inheritdoc/>
    internal override long Length => throw StreamErrors.Unseekable();

    /// <inheritdoc/>
    internal override long Position
    {
        get => throw StreamErrors.Unseekable();
        set => throw StreamErrors.Unseekable();
    }

    /// <inheritdoc/>
    internal override long Seek(long offset, SeekOrigin origin) => throw StreamErrors.Unseekable();

    /// <inheritdoc/>
    internal override void SetLength(long length) => throw StreamErrors.Unseekable();

    /// <inheritdoc/>
    internal override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : _reader.Read(buffer);

    /// <inheritdoc/>
    internal override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _reader.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    internal override void Write(ReadOnlySpan<byte> buffer)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length, CopyLength));
        while (!buffer.IsEmpty)
        {
            ReadOnlySpan<byte> part = buffer[..Math.Min(buffer.Length, CopyLength)];
            buffer = buffer[part.Length..];
            part.CopyTo(rented);
            ValueTask writing = WriteAsync(rented.AsMemory(0, part.Length), CancellationToken.None);
            if (writing.IsCompleted)
            {
                writing.GetAwaiter().GetResult();
            }
            else
            {
                writing.AsTask().GetAwaiter().GetResult();
            }
        }

        // Not after an exception: only an answer proves that nobody reads from it any more.
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    internal override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty)
        {
            ThrowIfClosed();
            return default;
        }

        PipeHandle handle = _handle;
        handle.Acquire();
        bool isOnlyWrite = handle.BeginWrite();
        int done = 0;
        int result = -Errno.EAGAIN;
        try
        {
            while (isOnlyWrite && done < buffer.Length)
            {
                result = handle.Write(buffer.Span[done..]);
                if (result < 0)
                {
                    break;
                }

                done += result;
            }

            if (done < buffer.Length && result == -Errno.EAGAIN)
            {
                return PipeWriteOperation.Start(handle, buffer, done, cancellationToken);
            }
        }
        catch
        {
            handle.EndWrite();
            handle.Release();
            throw;
        }

        handle.EndWrite();
        handle.Release();
        return result >= 0 ? AnswerOperation.Answer() : ValueTask.FromException(ErrnoExceptions.Create(-result, handle.Path));
    }

    /// <inheritdoc/>
    internal override void Flush(bool toDisk)
    {
    }

    /// <inheritdoc/>
    internal override ValueTask FlushAsync(bool toDisk, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    internal override void Lock(long position, long length) => LockRange(CanWrite ? NativeLock.Exclusive : NativeLock.Shared, position, length);

    /// <inheritdoc/>
    internal override void Unlock(long position, long length) => LockRange(NativeLock.None, position, length);

    /// <inheritdoc/>
    internal override void Expose()
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (TryClose())
        {
            BeforeClose();
            _handle.Dispose();
            _exposed.Dispose();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (TryClose())
        {
            BeforeClose();
            await _handle.DisposeAsync().ConfigureAwait(false);
            _exposed.Dispose();
        }
    }

    /// <inheritdoc/>
    private protected override void Abandon() => _ = PathCalls.DeleteFile(Name);

    private void LockRange(NativeLock kind, long position, long length)
    {
        int result = FileCalls.LockRange(_exposed, kind, position, length);
        if (result < 0)
        {
            throw ErrnoExceptions.Create(-result, _handle.Path);
        }
    }

    private void BeforeClose()
    {
        if (_deleteOnClose)
        {
            _ = PathCalls.DeleteFile(Name);
        }

        if (_isLocked && !_exposed.IsClosed)
        {
            _ = FileCalls.Lock(_exposed, NativeLock.None);
        }
    }
}
