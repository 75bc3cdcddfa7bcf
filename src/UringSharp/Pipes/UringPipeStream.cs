using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// A pipe, FIFO, terminal, character device or socket. A read or write that waits occupies no thread; a cancelled one ends at once. Reads begun at the same time are served
/// one after another, in order, and so are writes; the two directions do not wait for each other.
/// </summary>
public sealed partial class UringPipeStream : Stream
{
    /// <summary>The most that is copied at a time for a write that blocks, since memory of the caller's stack cannot be waited with.</summary>
    private const int CopyLength = 1 << 20;

    private readonly PipeHandle _handle;

    /// <param name="handle">What it reads and writes.</param>
    /// <param name="access">Which of the two.</param>
    /// <param name="reopens">Whether each end is followed by another opening, for the next writers.</param>
    internal UringPipeStream(PipeHandle handle, FileAccess access, bool reopens = false)
    {
        _handle = handle;
        handle.Access = access;
        handle.Reopens = reopens;
        handle.LeaveToOwner();
    }

    /// <summary>The pipe's path, where known.</summary>
    internal string? Path => _handle.Path;

    /// <summary>Closes what nobody has disposed of, once nobody awaits anything of it.</summary>
    ~UringPipeStream()
    {
        if (!_handle.TryCloseForgotten())
        {
            GC.ReRegisterForFinalize(this);
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => (_handle.Access & FileAccess.Read) != 0 && !_handle.IsDisposed;

    /// <summary>False: a pipe has no positions.</summary>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => (_handle.Access & FileAccess.Write) != 0 && !_handle.IsDisposed;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw Unseekable();

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position
    {
        get => throw Unseekable();
        set => throw Unseekable();
    }

    /// <summary>
    /// Reads and writes what an open handle refers to: a pipe, FIFO, terminal, character device, socket, eventfd(2) and whatever else poll(2) can wait for. The flags of the handle, which other
    /// processes may share, stay as they are, and whoever owns it may close it at any time: the stream has a descriptor of its own, a second opening (/proc/self/fd) where that can be had, else a
    /// duplicate.
    /// </summary>
    /// <param name="handle">The handle. It is not used any more when this method has returned, and not closed by the stream.</param>
    /// <param name="access">What the stream is for.</param>
    /// <param name="context">The context the stream belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Access is none of the values.</exception>
    /// <exception cref="ArgumentException">The handle is invalid.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, or the context disposed.</exception>
    /// <exception cref="IOException">It is a regular file's or a block device's, which <see cref="UringFile"/> serves; or a call failed, with the errno in HResult.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not open for that access (EBADF), or is a folder's.</exception>
    public static UringPipeStream FromHandle(SafeHandle handle, FileAccess access = FileAccess.Read, UringContext? context = null)
    {
        HandleArgument.Check(handle);
        if (access is < FileAccess.Read or > FileAccess.ReadWrite)
        {
            throw new ArgumentOutOfRangeException(nameof(access), access, "This is no access.");
        }

        CompletionPump pump = UringContext.PumpFor(context);
        return new UringPipeStream(BorrowedPipe.Open(handle, access, pump, acceptsFile: false), access);
    }

    /// <summary>Makes an anonymous pipe: pipe(7). What is written to the one stream can be read from the other.</summary>
    /// <param name="context">The context both belong to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
    /// <returns>The reading end and the writing end.</returns>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    /// <exception cref="IOException">A limit is reached (EMFILE, ENFILE); HResult is the errno.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static unsafe (UringPipeStream Reader, UringPipeStream Writer) CreatePair(UringContext? context = null)
    {
        CompletionPump pump = UringContext.PumpFor(context);
        int reader;
        int writer;

        // SAFETY: both are locals.
        int result = NativeMethods.MakePipe(&reader, &writer);
        if (result < 0)
        {
            throw ErrnoExceptions.Create(-result, null);
        }

        return (Own(reader, FileAccess.Read), Own(writer, FileAccess.Write));

        UringPipeStream Own(int descriptor, FileAccess access) =>
            new(new PipeHandle(new SafeFileHandle(descriptor, ownsHandle: true), null, pump, peerSeen: true, endIsFinal: true), access);
    }

    /// <summary>
    /// Reads standard input, whatever it is: a terminal, a pipe, a file (from where it stands, as the shell and other programs that share it see it), /dev/null. Disposing the stream leaves standard
    /// input open.
    /// </summary>
    /// <param name="context">The context the stream belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="UnauthorizedAccessException">The process has no standard input (EBADF), or it is a folder.</exception>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static UringPipeStream OpenStandardInput(UringContext? context = null)
    {
        CompletionPump pump = UringContext.PumpFor(context);
        if (NativeMethods.IsInherited(0) != 1)
        {
            // Where there was none, the runtime may have taken the number for something of its own.
            throw new UnauthorizedAccessException("This process has no standard input.", ErrnoExceptions.Create(Errno.EBADF, null).InnerException);
        }

        using SafeFileHandle standardInput = new(0, ownsHandle: false);
        return new UringPipeStream(BorrowedPipe.Open(standardInput, FileAccess.Read, pump, acceptsFile: true), FileAccess.Read);
    }

    /// <summary>Reads what there is; waits without a thread until there is something.</summary>
    /// <param name="buffer">Where to. An empty one waits until there is something to read, or the end.</param>
    /// <param name="cancellationToken">Cancels the wait. Bytes that were read before it took effect are delivered.</param>
    /// <returns>Bytes read; 0 when all writers have closed, and for an empty buffer.</returns>
    /// <exception cref="NotSupportedException">The stream is not for reading.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was read.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its context is disposed, or was while the read waited.</exception>
    /// <exception cref="IOException">Reading failed; HResult is the errno of read(2).</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireAccess(FileAccess.Read);
        ValueTask<int> read = _reader is null ? ReadDirectlyAsync(buffer, cancellationToken)
            : Receives(out UringPipeReader? reader) ? ReadFromAsync(reader, buffer, cancellationToken)
            : Leaves(out reader) ? ReadBehindAsync(reader, buffer, cancellationToken)
            : ReadDirectlyAsync(buffer, cancellationToken);
        GC.KeepAlive(this);
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>As <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>, but a cancellation is an answer, not an exception: for code that cancels often.</summary>
    /// <param name="buffer">Where to. An empty one waits until there is something to read, or the end.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Bytes read, or that the token was cancelled.</returns>
    /// <exception cref="NotSupportedException">The stream is not for reading.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its context is disposed, or was while the read waited.</exception>
    /// <exception cref="IOException">Reading failed; HResult is the errno of read(2).</exception>
    public ValueTask<PipeReadResult> TryReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireAccess(FileAccess.Read);
        ValueTask<PipeReadResult> read = Receives(out UringPipeReader? reader) ? AnswerCancellationAsync(ReadFromAsync(reader, buffer, cancellationToken), cancellationToken)
            : Leaves(out reader) ? AnswerCancellationAsync(ReadBehindAsync(reader, buffer, cancellationToken), cancellationToken)
            : _handle.Reopens ? TryReadOnAsync(buffer, cancellationToken)
            : _handle.TryReadAsync(buffer, cancellationToken);
        GC.KeepAlive(this);
        return read;
    }

    /// <summary>Reads what there is, blocking the calling thread until there is something.</summary>
    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadHere(buffer.AsMemory(offset, count));
    }

    /// <summary>Reads what there is, blocking the calling thread until there is something.</summary>
    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length, 1));
        int read = ReadHere(rented.AsMemory(0, buffer.Length));
        rented.AsSpan(0, read).CopyTo(buffer);

        // Not after an exception: only an answer proves that nobody writes into it any more.
        ArrayPool<byte>.Shared.Return(rented);
        return read;
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <summary>
    /// Goes on with the next writers of a named pipe that has ended: once a read has answered 0, the next one after this waits for them. Nothing is lost in between: what writers that have come and gone
    /// meanwhile left behind is read first, with an end of its own.
    /// </summary>
    /// <param name="cancellationToken">Looked at before it begins.</param>
    /// <returns>Ends when it is done; it does not wait for a writer.</returns>
    /// <exception cref="NotSupportedException">The stream is not for reading.</exception>
    /// <exception cref="InvalidOperationException">
    /// The stream has not ended: no read has answered 0; a read is under way; or bytes are left in the reader of <see cref="AsPipeReader"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its context is disposed.</exception>
    /// <exception cref="UnauthorizedAccessException">The pipe may not be opened any more (EACCES).</exception>
    /// <exception cref="IOException">Opening failed; HResult is the errno.</exception>
    public async ValueTask ReopenAsync(CancellationToken cancellationToken = default)
    {
        RequireAccess(FileAccess.Read);
        cancellationToken.ThrowIfCancellationRequested();
        LeaveReader();
        int result = await ReopenHandleAsync().ConfigureAwait(LoopContext.IsCurrent);
        if (result >= 0)
        {
            Volatile.Write(ref _reader, null);
        }
        else
        {
            throw result switch
            {
                -Errno.EINVAL => new InvalidOperationException("The stream has not ended: no read has answered 0."),
                -Errno.EBUSY => new InvalidOperationException("A read is under way."),
                _ => ErrnoExceptions.Create(-result, _handle.Path),
            };
        }
    }

    /// <summary>
    /// The sessions of a named pipe: what is written from the first writer's coming until all writers have left is one. Each is this same stream, to be read until a read answers 0; asking
    /// for the next one waits for the next writer, for ever.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for a writer.</param>
    /// <returns>This stream, once for each session.</returns>
    /// <exception cref="InvalidOperationException">The next session is asked for before this one has been read to its end.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its context is disposed.</exception>
    /// <exception cref="IOException">Opening failed; HResult is the errno.</exception>
    public async IAsyncEnumerable<UringPipeStream> ReadSessionsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_handle.HasEnded)
        {
            await ReopenAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }

        while (true)
        {
            await ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            yield return this;
            if (!_handle.HasEnded)
            {
                throw new InvalidOperationException("The session has not been read to its end: no read has answered 0.");
            }

            await ReopenAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
    }

    /// <summary>
    /// Writes all of a buffer; waits without a thread while the pipe is full. Up to 4096 bytes (PIPE_BUF, pipe(7)) are written all or not at all, and never mixed with those of another writer.
    /// </summary>
    /// <param name="buffer">What to write.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Ends when all is in the pipe.</returns>
    /// <exception cref="NotSupportedException">The stream is not for writing.</exception>
    /// <exception cref="PipeWriteCanceledException">The token was cancelled after a part had been written; it tells how much.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its context is disposed, or was while the write waited; a part may have been written.</exception>
    /// <exception cref="IOException">Nobody reads any more (EPIPE), or another failure; HResult is the errno of write(2). A part may have been written.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireAccess(FileAccess.Write);
        ValueTask write = _handle.WriteAsync(buffer, cancellationToken);
        GC.KeepAlive(this);
        return write;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Writes all of a buffer, blocking the calling thread while the pipe is full.</summary>
    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        WriteHere(buffer.AsMemory(offset, count));
    }

    /// <summary>Writes all of a buffer, blocking the calling thread while the pipe is full. Of writes at the same time, those above 1 MiB may be mixed.</summary>
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Clamp(buffer.Length, 1, CopyLength));
        do
        {
            ReadOnlySpan<byte> part = buffer[..Math.Min(buffer.Length, CopyLength)];
            buffer = buffer[part.Length..];
            part.CopyTo(rented);
            WriteHere(rented.AsMemory(0, part.Length));
        }
        while (!buffer.IsEmpty);

        // Not after an exception: only an answer proves that nobody reads from it any more.
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Does nothing: what is written is the other side's.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: what is written is the other side's.</summary>
    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw Unseekable();

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw Unseekable();

    /// <summary>
    /// As <see cref="Stream.Dispose()"/>: refuses further calls, ends pending ones with <see cref="ObjectDisposedException"/> unless they can still deliver bytes, and
    /// closes when the last has ended.
    /// </summary>
    /// <returns>Ends when no call uses the descriptor any more.</returns>
    public override async ValueTask DisposeAsync()
    {
        await _handle.DisposeAsync().ConfigureAwait(LoopContext.IsCurrent);
        await base.DisposeAsync().ConfigureAwait(LoopContext.IsCurrent);
        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses further calls, ends pending ones, and closes when the last has ended. Does not wait.</summary>
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _handle.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadHere(Memory<byte> buffer)
    {
        CompletionPump.RequireStack();
        ValueTask<int> read = ReadAsync(buffer);
        return read.IsCompleted ? read.GetAwaiter().GetResult() : CompletionPump.Wait(read.AsTask());
    }

    private void WriteHere(ReadOnlyMemory<byte> buffer)
    {
        CompletionPump.RequireStack();
        ValueTask write = WriteAsync(buffer);
        if (write.IsCompleted)
        {
            write.GetAwaiter().GetResult();
        }
        else
        {
            CompletionPump.Wait(write.AsTask());
        }
    }

    private static NotSupportedException Unseekable() => new("Stream does not support seeking.");

    private void RequireAccess(FileAccess access)
    {
        if ((_handle.Access & access) == 0)
        {
            throw new NotSupportedException(access == FileAccess.Read ? "Stream does not support reading." : "Stream does not support writing.");
        }
    }

    private ValueTask<int> ReadDirectlyAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _handle.Reopens ? ReadOnAsync(buffer, cancellationToken) : _handle.ReadAsync(buffer, cancellationToken);

    /// <summary>On a thread that may block; the call itself holds the handle.</summary>
    private ValueTask<int> ReopenHandleAsync() => BlockingPool.Shared.RunAsync(static handle => handle.Reopen(), _handle, CancellationToken.None);

    /// <summary>Reads on from one writer to the next.</summary>
    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            int read = await _handle.ReadAsync(buffer, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            if (read > 0 || !await IsReopenedAsync().ConfigureAwait(LoopContext.IsCurrent))
            {
                return read;
            }
        }
    }

    private async ValueTask<PipeReadResult> TryReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            PipeReadResult result = await _handle.TryReadAsync(buffer, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            if (result.Bytes > 0 || result.IsCanceled || !await IsReopenedAsync().ConfigureAwait(LoopContext.IsCurrent))
            {
                return result;
            }
        }
    }

    /// <summary>After a read of nothing: whether that was an end, and the next writers are waited for now; no end is reported to the caller then.</summary>
    private async ValueTask<bool> IsReopenedAsync()
    {
        if (!_handle.HasEnded)
        {
            return false;
        }

        int result = await ReopenHandleAsync().ConfigureAwait(LoopContext.IsCurrent);
        return result is >= 0 or -Errno.EBUSY or -Errno.EINVAL ? true : throw ErrnoExceptions.Create(-result, _handle.Path);
    }
}
