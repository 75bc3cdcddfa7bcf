using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Files.Streams;

namespace UringSharp;

/// <summary>
/// A drop-in for <see cref="FileStream"/>: the same constructors, members, locks, positions and exceptions, but asynchronous calls occupy no thread while they wait, and
/// <see cref="OpenAsync(string, FileStreamOptions, CancellationToken)"/> opens without blocking.
/// <para>
/// Asynchronous writes smaller than the buffer are gathered, and a full buffer is written behind: the call returns while the kernel takes it. An error that this meets is
/// reported by the next write, or by whatever needs the bytes written: a read, seek, flush or dispose. What could not be written stays gathered and is tried again, as with
/// FileStream. A write as large as the buffer or larger is in the kernel's hands when it ends, after all that was gathered before.
/// </para>
/// <para>
/// A path of a FIFO, terminal or character device opens without waiting for the other side, and behaves as a pipe: it has no positions, nothing is gathered, a call that waits
/// can be cancelled.
/// </para>
/// <para>
/// As FileStream, it is not thread-safe: calls begun while another one runs are served, with a buffer one after the other, but which comes first is not defined.
/// </para>
/// </summary>
public sealed class UringFileStream : Stream
{
    private const int DefaultBufferSize = 4096;
    private const int CopyBufferSize = 256 * 1024;

    private readonly FileStreamStrategy _strategy;

    // The last answer of ReadAsync(byte[]): most are alike.
    private Task<int>? _lastRead;

    /// <summary>Opens a file as <c>new FileStream(path, options)</c> does: open(2), flock(2). Blocks; a FIFO opens at once or not at all.</summary>
    /// <param name="path">Its path, absolute or relative to the current folder.</param>
    /// <param name="options">How to open it, as for FileStream. <see cref="FileOptions.Asynchronous"/> makes no difference.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL, or the options contradict each other.</exception>
    /// <exception cref="FileNotFoundException">There is no such file (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or the path is a folder's.</exception>
    /// <exception cref="IOException">
    /// Another failure of open(2), with the errno in HResult: EEXIST, EAGAIN where somebody's lock stands in the way, ENXIO for a FIFO that is to be written and nobody reads.
    /// </exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public UringFileStream(string path, FileStreamOptions options)
        : this(FileOpening.Check(path, options))
    {
    }

    /// <inheritdoc cref="UringFileStream(string, FileStreamOptions)"/>
    /// <param name="context">The context the stream belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
#pragma warning disable CS1573 // The others are inherited.
    public UringFileStream(string path, FileStreamOptions options, UringContext? context)
#pragma warning restore CS1573
        : this(FileOpening.Check(path, options), UringContext.PumpFor(context))
    {
    }

    /// <summary>As <see cref="UringFileStream(string, FileStreamOptions)"/>, for reading and writing, or writing alone in append mode.</summary>
    /// <inheritdoc cref="UringFileStream(string, FileMode, FileAccess, FileShare, int, FileOptions)"/>
    public UringFileStream(string path, FileMode mode)
        : this(path, mode, mode == FileMode.Append ? FileAccess.Write : FileAccess.ReadWrite)
    {
    }

    /// <summary>As <see cref="UringFileStream(string, FileStreamOptions)"/>, shared with readers.</summary>
    /// <inheritdoc cref="UringFileStream(string, FileMode, FileAccess, FileShare, int, FileOptions)"/>
    public UringFileStream(string path, FileMode mode, FileAccess access)
        : this(path, mode, access, FileShare.Read)
    {
    }

    /// <summary>As <see cref="UringFileStream(string, FileStreamOptions)"/>, with a buffer of 4096 bytes.</summary>
    /// <inheritdoc cref="UringFileStream(string, FileMode, FileAccess, FileShare, int, FileOptions)"/>
    public UringFileStream(string path, FileMode mode, FileAccess access, FileShare share)
        : this(path, mode, access, share, DefaultBufferSize)
    {
    }

    /// <summary>As <see cref="UringFileStream(string, FileStreamOptions)"/>.</summary>
    /// <inheritdoc cref="UringFileStream(string, FileMode, FileAccess, FileShare, int, FileOptions)"/>
    public UringFileStream(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize)
        : this(path, mode, access, share, bufferSize, FileOptions.None)
    {
    }

    /// <summary>As <see cref="UringFileStream(string, FileStreamOptions)"/>.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">As for FileStream.</param>
    /// <param name="access">As for FileStream.</param>
    /// <param name="share">As for FileStream.</param>
    /// <param name="bufferSize">As for FileStream.</param>
    /// <param name="useAsync">What <see cref="IsAsync"/> answers; no other difference.</param>
    /// <inheritdoc cref="UringFileStream(string, FileMode, FileAccess, FileShare, int, FileOptions)"/>
    public UringFileStream(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize, bool useAsync)
        : this(path, mode, access, share, bufferSize, useAsync ? FileOptions.Asynchronous : FileOptions.None)
    {
    }

    /// <summary>As <see cref="UringFileStream(string, FileStreamOptions)"/>.</summary>
    /// <param name="path">Its path, absolute or relative to the current folder.</param>
    /// <param name="mode">Whether it is created, opened or truncated.</param>
    /// <param name="access">What it is opened for.</param>
    /// <param name="share">What others may open it for: an advisory lock, flock(2), that FileStream and this class look at.</param>
    /// <param name="bufferSize">Size of the buffer in bytes, 0 or more; none where it is 0 or 1.</param>
    /// <param name="options">Further wishes.</param>
    /// <exception cref="ArgumentNullException">The path is null.</exception>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL, or mode and access contradict each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is not defined or negative.</exception>
    /// <exception cref="IOException">Opening failed: see <see cref="UringFileStream(string, FileStreamOptions)"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or the path is a folder's.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public UringFileStream(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize, FileOptions options)
        : this(FileOpening.Check(path, FileArguments.Options(path, mode, access, share, bufferSize, options)))
    {
    }

    /// <summary>Uses a file that is open already, from the descriptor's position on.</summary>
    /// <inheritdoc cref="UringFileStream(SafeFileHandle, FileAccess, int, bool)"/>
    public UringFileStream(SafeFileHandle handle, FileAccess access)
        : this(handle, access, DefaultBufferSize)
    {
    }

    /// <summary>Uses a file that is open already, from the descriptor's position on.</summary>
    /// <inheritdoc cref="UringFileStream(SafeFileHandle, FileAccess, int, bool)"/>
    public UringFileStream(SafeFileHandle handle, FileAccess access, int bufferSize)
        : this(handle, access, bufferSize, isAsync: null)
    {
    }

    /// <summary>Uses a file that is open already, from the descriptor's position on.</summary>
    /// <param name="handle">The file; disposing the stream closes it. A pipe, FIFO or terminal is opened a second time, privately, since others may share its flags.</param>
    /// <param name="access">What the stream is for.</param>
    /// <param name="bufferSize">Size of the buffer in bytes, 0 or more; none where it is 0 or 1.</param>
    /// <param name="isAsync">What FileStream was told when it opened the handle.</param>
    /// <exception cref="ArgumentException">The handle is invalid, or <paramref name="isAsync"/> contradicts it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The access is not defined, or the size negative.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="NotSupportedException">It is that of a socket or another thing that has no positions and cannot be opened a second time.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public UringFileStream(SafeFileHandle handle, FileAccess access, int bufferSize, bool isAsync)
        : this(handle, access, bufferSize, (bool?)isAsync)
    {
    }

    private UringFileStream(SafeFileHandle handle, FileAccess access, int bufferSize, bool? isAsync)
    {
        ArgumentNullException.ThrowIfNull(handle);
        _strategy = StrategyFactory.Create(handle, access, bufferSize, isAsync, UringContext.PumpFor(null));
        IsAsync = handle.IsAsync;
    }

    private UringFileStream(FileOpening opening)
        : this(opening, UringContext.PumpFor(null))
    {
    }

    private UringFileStream(FileOpening opening, CompletionPump pump)
        : this(opening, opening.Open(), pump)
    {
    }

    private UringFileStream(FileOpening opening, OpenedFile opened, CompletionPump pump)
    {
        _strategy = StrategyFactory.Create(opened, opening, pump);
        IsAsync = opening.IsAsync;
    }

    /// <inheritdoc/>
    public override bool CanRead => _strategy.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => _strategy.CanWrite;

    /// <summary>Whether it has positions: not a FIFO, a terminal or most character devices.</summary>
    public override bool CanSeek => _strategy.CanSeek;

    /// <summary>The full path; "[Unknown]" for a handle of unknown origin.</summary>
    public string Name => _strategy.Name;

    /// <summary>Whether <see cref="FileOptions.Asynchronous"/> was asked for. It makes no difference.</summary>
    public bool IsAsync { get; }

    /// <summary>The descriptor. What is gathered is written first, and the descriptor's own position becomes that of the stream.</summary>
    /// <exception cref="IOException">Writing failed; HResult is the errno.</exception>
    public SafeFileHandle SafeFileHandle
    {
        get
        {
            if (!_strategy.IsClosed)
            {
                _strategy.Expose();
            }

            return _strategy.Descriptor;
        }
    }

    /// <summary>The file's length in bytes, what is gathered included: fstat(2).</summary>
    /// <exception cref="NotSupportedException">It has no positions.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public override long Length
    {
        get
        {
            RequireSeekable();
            return _strategy.Length;
        }
    }

    /// <summary>The place of the next read or write, in bytes from the start of the file. Setting it is a <see cref="Seek"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to a negative value.</exception>
    /// <exception cref="IOException">It is set, in append mode, before the end the file had; or what was gathered cannot be written.</exception>
    /// <exception cref="NotSupportedException">It has no positions.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public override long Position
    {
        get
        {
            RequireSeekable();
            return _strategy.Position;
        }

        set
        {
            if (value < 0)
            {
                throw StreamErrors.Negative(nameof(value));
            }

            RequireSeekable();
            _strategy.Position = value;
        }
    }

    /// <summary>Opens a file without blocking the caller: open(2), flock(2). A FIFO that is to be written is waited for until somebody reads it.</summary>
    /// <param name="path">Its path, absolute or relative to the current folder.</param>
    /// <param name="options">How to open it, as for FileStream. <see cref="FileOptions.Asynchronous"/> makes no difference.</param>
    /// <param name="cancellationToken">Cancels the open; a descriptor that comes too late is closed.</param>
    /// <returns>The open stream.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="UringFileStream(string, FileStreamOptions)"/>
    public static ValueTask<UringFileStream> OpenAsync(string path, FileStreamOptions options, CancellationToken cancellationToken = default) =>
        OpenAsync(path, options, null, cancellationToken);

    /// <inheritdoc cref="OpenAsync(string, FileStreamOptions, CancellationToken)"/>
    /// <param name="context">The context the stream belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
#pragma warning disable CS1573 // The others are inherited.
    public static ValueTask<UringFileStream> OpenAsync(
        string path, FileStreamOptions options, UringContext? context, CancellationToken cancellationToken = default)
#pragma warning restore CS1573
    {
        var opening = FileOpening.Check(path, options);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<UringFileStream>(cancellationToken)
            : OpenAsync(opening, UringContext.PumpFor(context), cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The origin is not defined.</exception>
    /// <exception cref="IOException">It leads before the start (EINVAL) or, in append mode, before the end the file had; or what was gathered cannot be written.</exception>
    public override long Seek(long offset, SeekOrigin origin)
    {
        if (origin is < SeekOrigin.Begin or > SeekOrigin.End)
        {
            throw new ArgumentException("Invalid seek origin.", nameof(origin));
        }

        RequireSeekable();
        return _strategy.Seek(offset, origin);
    }

    /// <summary>Cuts or extends the file: ftruncate(2). A position beyond the new end moves to it.</summary>
    /// <param name="value">The new length in bytes, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or larger than the file system can do (EFBIG).</exception>
    /// <exception cref="IOException">In append mode: it would cut what was there before; or another failure, with the errno in HResult.</exception>
    /// <exception cref="NotSupportedException">It has no positions, or cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public override void SetLength(long value)
    {
        if (value < 0)
        {
            throw StreamErrors.Negative(nameof(value));
        }

        RequireSeekable();
        RequireWritable();
        _strategy.SetLength(value);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <summary>Reads, blocking: pread(2).</summary>
    /// <param name="buffer">Where to.</param>
    /// <returns>Bytes read, 0 at the end of the file.</returns>
    /// <exception cref="IOException">Reading failed; HResult is the errno.</exception>
    /// <exception cref="NotSupportedException">It cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public override int Read(Span<byte> buffer)
    {
        RequireReadable();
        return _strategy.Read(buffer);
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        byte value = 0;
        return Read(new Span<byte>(ref value)) == 1 ? value : -1;
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        ValueTask<int> reading = ReadAsync(buffer.AsMemory(offset, count), cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return reading.AsTask();
        }

        int read = reading.Result;
        Task<int>? last = _lastRead;
        return last is not null && last.Result == read ? last : _lastRead = Task.FromResult(read);
    }

    /// <summary>Reads: what is buffered or in the page cache at once, the rest through io_uring.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="cancellationToken">Cancels the wait; the position is then where it was.</param>
    /// <returns>Bytes read: less than the buffer holds only at the end of the file, or for a pipe.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="IOException">Reading failed; HResult is the errno.</exception>
    /// <exception cref="NotSupportedException">It cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was while the read waited.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        RequireReadable();
        return _strategy.ReadAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <summary>Writes, blocking: pwrite(2), or gathered where it is smaller than the buffer.</summary>
    /// <param name="buffer">What to write.</param>
    /// <exception cref="IOException">Writing failed; HResult is the errno.</exception>
    /// <exception cref="NotSupportedException">It cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RequireWritable();
        _strategy.Write(buffer);
    }

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write(new ReadOnlySpan<byte>(in value));

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Writes: gathered, and written behind, where it is smaller than the buffer; else into the kernel.</summary>
    /// <param name="buffer">What to write.</param>
    /// <param name="cancellationToken">Cancels the wait; the position is then where it was, and part of the bytes may have been written.</param>
    /// <returns>Ends when the bytes are gathered, or in the kernel's hands.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="IOException">Writing failed, this or what was gathered before; HResult is the errno.</exception>
    /// <exception cref="NotSupportedException">It cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        RequireWritable();
        return _strategy.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Hands what is gathered to the kernel, blocking.</summary>
    /// <exception cref="IOException">Writing failed; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public override void Flush() => Flush(flushToDisk: false);

    /// <summary>Hands what is gathered to the kernel, and where told to the disk, blocking: fsync(2).</summary>
    /// <param name="flushToDisk">Whether to wait for the disk.</param>
    /// <exception cref="IOException">Writing failed; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public void Flush(bool flushToDisk)
    {
        RequireOpen();
        _strategy.Flush(flushToDisk);
    }

    /// <summary>Hands what is gathered to the kernel.</summary>
    /// <inheritdoc cref="FlushAsync(bool, CancellationToken)"/>
    public override Task FlushAsync(CancellationToken cancellationToken) => FlushAsync(flushToDisk: false, cancellationToken).AsTask();

    /// <summary>Hands what is gathered to the kernel, and where told to the disk: fsync(2).</summary>
    /// <param name="flushToDisk">Whether to wait for the disk.</param>
    /// <param name="cancellationToken">Ends the wait for the disk at once. A flush the kernel has begun goes on, and it is unknown what has reached the disk.</param>
    /// <returns>Ends when all that was written before is there.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="IOException">Writing failed; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public ValueTask FlushAsync(bool flushToDisk, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        RequireOpen();
        return _strategy.FlushAsync(flushToDisk, cancellationToken);
    }

    /// <inheritdoc/>
    public override void CopyTo(Stream destination, int bufferSize)
    {
        ValidateCopyToArguments(destination, bufferSize);
        RequireReadable();
        base.CopyTo(destination, LargerFor(bufferSize));
    }

    /// <inheritdoc/>
    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        RequireReadable();

        // What was read ahead from a pipe could not be given back.
        return !CanSeek || destination == this ? base.CopyToAsync(destination, bufferSize, cancellationToken)
            : cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken)
            : StreamCopy.RunAsync(this, destination, LargerFor(bufferSize), cancellationToken);
    }

    /// <summary>Locks a range of the file against other processes: fcntl(2), F_SETLK. Does not wait.</summary>
    /// <param name="position">Its first byte, 0 or more.</param>
    /// <param name="length">Its length in bytes; 0 to the end of the file, wherever that will be.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is negative.</exception>
    /// <exception cref="IOException">Another process has locked part of it (EAGAIN), or another failure; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public void Lock(long position, long length)
    {
        CheckRange(position, length);
        _strategy.Lock(position, length);
    }

    /// <summary>Unlocks a range of the file: fcntl(2), F_SETLK.</summary>
    /// <inheritdoc cref="Lock"/>
    public void Unlock(long position, long length)
    {
        CheckRange(position, length);
        _strategy.Unlock(position, length);
    }

    /// <summary>Writes what is gathered and closes, without blocking.</summary>
    /// <returns>Ends when the file is closed.</returns>
    /// <exception cref="IOException">Writing failed; HResult is the errno. The file is closed all the same.</exception>
    public override async ValueTask DisposeAsync()
    {
        await _strategy.DisposeAsync().ConfigureAwait(LoopContext.IsCurrent);
        await base.DisposeAsync().ConfigureAwait(LoopContext.IsCurrent);
    }

    /// <summary>Writes what is gathered, blocking, and closes.</summary>
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _strategy.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async ValueTask<UringFileStream> OpenAsync(FileOpening opening, CompletionPump pump, CancellationToken cancellationToken) =>
        new(opening, await opening.OpenAsync(pump, cancellationToken).ConfigureAwait(LoopContext.IsCurrent), pump);

    /// <summary>The copy's own buffer: few large reads, but none larger than what is left.</summary>
    private int LargerFor(int bufferSize) =>
        _strategy.CanSeek ? Math.Max(bufferSize, (int)Math.Clamp(_strategy.Length - _strategy.Position, 1, CopyBufferSize)) : bufferSize;

    private void CheckRange(long position, long length)
    {
        if (position < 0)
        {
            throw StreamErrors.Negative(nameof(position));
        }

        if (length < 0)
        {
            throw StreamErrors.Negative(nameof(length));
        }

        RequireOpen();
    }

    private void RequireOpen()
    {
        if (_strategy.IsClosed)
        {
            throw StreamErrors.Closed();
        }
    }

    private void RequireSeekable()
    {
        if (!_strategy.CanSeek)
        {
            RequireOpen();
            throw StreamErrors.Unseekable();
        }
    }

    private void RequireReadable()
    {
        if (!_strategy.CanRead)
        {
            RequireOpen();
            throw StreamErrors.Unreadable();
        }
    }

    private void RequireWritable()
    {
        if (!_strategy.CanWrite)
        {
            RequireOpen();
            throw StreamErrors.Unwritable();
        }
    }
}
