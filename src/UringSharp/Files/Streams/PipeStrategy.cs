using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Files.Streams;

/// <summary>
/// A stream over what has no positions: a FIFO, a terminal, a character device. A call that waits occupies no thread. Nothing is gathered: a write is the other side's
/// when it ends.
/// </summary>
internal sealed class PipeStrategy : FileStreamStrategy
{
    private readonly PipeHandle _handle;
    private readonly UringPipeStream _stream;
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
        _stream = new UringPipeStream(handle, access);
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
    internal override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : _stream.Read(buffer);

    /// <inheritdoc/>
    internal override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _stream.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    internal override void Write(ReadOnlySpan<byte> buffer) => _stream.Write(buffer);

    /// <inheritdoc/>
    internal override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => _stream.WriteAsync(buffer, cancellationToken);

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
            await _handle.DisposeAsync().ConfigureAwait(LoopContext.IsCurrent);
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
