using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Engine.Operations;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// Reads from a pipe, FIFO, terminal or character device. A read that waits occupies no thread; a cancelled one ends at once and has consumed nothing. Reads
/// begun at the same time are served one after another, in order.
/// </summary>
public sealed class UringPipeStream : Stream
{
    private readonly PipeHandle _handle;

    internal UringPipeStream(PipeHandle handle) => _handle = handle;

    /// <inheritdoc/>
    public override bool CanRead => !_handle.IsDisposed;

    /// <summary>False: a pipe has no positions.</summary>
    public override bool CanSeek => false;

    /// <summary>False: this end reads.</summary>
    public override bool CanWrite => false;

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
    /// Reads from what an open handle refers to: a pipe, FIFO, terminal or character device. It is opened a second time, privately, in non-blocking mode
    /// (/proc/self/fd), so that the flags of the handle, which other processes may share, stay as they are, and whoever owns it may close it at any time.
    /// </summary>
    /// <param name="handle">The handle. It is not used any more when this method has returned, and not closed by the stream.</param>
    /// <param name="access">What the stream is for: <see cref="FileAccess.Read"/>.</param>
    /// <param name="context">The context the stream belongs to; null for <see cref="UringContext.Default"/>.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="NotSupportedException">Access is not <see cref="FileAccess.Read"/>; or the handle is a socket's or another thing that cannot be opened a second time.</exception>
    /// <exception cref="ArgumentException">The handle is invalid.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="IOException">It is a regular file's, which <see cref="UringFile"/> reads; or opening failed, with the errno in HResult.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not open for reading (EBADF), or may not be opened for it (EACCES).</exception>
    public static UringPipeStream FromHandle(SafeHandle handle, FileAccess access = FileAccess.Read, UringContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(handle);
        if (access != FileAccess.Read)
        {
            throw new NotSupportedException("A pipe can only be read so far.");
        }

        ObjectDisposedException.ThrowIf(handle.IsClosed, handle);
        if (handle.IsInvalid)
        {
            throw new ArgumentException("The handle is invalid.", nameof(handle));
        }

        CompletionPump pump = UringContext.PumpFor(context);
        bool taken = false;
        try
        {
            handle.DangerousAddRef(ref taken);
            int descriptor = (int)handle.DangerousGetHandle();
            bool isPipe = RequireReadable(descriptor) == NativeFileType.Fifo;
            SafeFileHandle own = Reopen(descriptor);

            // An end that came before ours was opened is seen on the other's descriptor alone (kernel fact F8).
            bool peerSeen = NativeMethods.PollNow(descriptor, (uint)NativePollEvents.In) > 0;
            return new UringPipeStream(new PipeHandle(own, null, pump, peerSeen, endIsFinal: isPipe));
        }
        finally
        {
            if (taken)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>Reads what there is; waits without a thread until there is something.</summary>
    /// <param name="buffer">Where to. An empty one waits until there is something to read, or the end.</param>
    /// <param name="cancellationToken">Cancels the wait. Bytes that were read before it took effect are delivered.</param>
    /// <returns>Bytes read; 0 when all writers have closed, and for an empty buffer.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was read.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its context is disposed, or was while the read waited.</exception>
    /// <exception cref="IOException">Reading failed; HResult is the errno of read(2).</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        PipeHandle handle = _handle;
        handle.Acquire();
        bool isOnlyRead = handle.BeginRead();
        int result;
        try
        {
            result = isOnlyRead && (!buffer.IsEmpty || handle.HasEnded) ? handle.Read(buffer.Span) : -Errno.EAGAIN;
            if (result == -Errno.EAGAIN)
            {
                return PipeReadOperation.Start(handle, buffer, cancellationToken);
            }
        }
        catch
        {
            // The caller's memory could not be had: nothing was read.
            handle.EndRead();
            handle.Release();
            throw;
        }

        handle.EndRead();
        handle.Release();
        return result >= 0 ? AnswerOperation.Answer(result) : ValueTask.FromException<int>(ErrnoExceptions.Create(-result, handle.Path));
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Reads what there is, blocking the calling thread until there is something.</summary>
    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Wait(ReadAsync(buffer.AsMemory(offset, count)));
    }

    /// <summary>Reads what there is, blocking the calling thread until there is something.</summary>
    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length, 1));
        int read = Wait(ReadAsync(rented.AsMemory(0, buffer.Length)));
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

    /// <summary>Does nothing: there is nothing to flush.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: there is nothing to flush.</summary>
    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw Unseekable();

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw Unseekable();

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Stream does not support writing.");

    /// <summary>
    /// As <see cref="Stream.Dispose()"/>: refuses further reads, ends pending ones with <see cref="ObjectDisposedException"/> unless they can still deliver bytes, and
    /// closes when the last has ended.
    /// </summary>
    /// <returns>Ends when no read uses the descriptor any more.</returns>
    public override async ValueTask DisposeAsync()
    {
        await _handle.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Refuses further reads, ends pending ones, and closes when the last has ended. Does not wait.</summary>
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _handle.Dispose();
        }

        base.Dispose(disposing);
    }

    private static int Wait(ValueTask<int> read) => read.IsCompleted ? read.GetAwaiter().GetResult() : read.AsTask().GetAwaiter().GetResult();

    private static NotSupportedException Unseekable() => new("Stream does not support seeking.");

    private static NativeFileType RequireReadable(int descriptor)
    {
        int flags = NativeMethods.GetFlags(descriptor);
        if (flags >= 0 && ((NativeOpenFlags)flags & NativeOpenFlags.WriteOnly) != 0)
        {
            // Opening it again for reading might succeed, and would make us a second reader of the other side's data.
            throw ErrnoExceptions.Create(Errno.EBADF, null);
        }

        int type = NativeMethods.FileTypeOf(descriptor);
        switch (type)
        {
            case < 0:
                throw ErrnoExceptions.Create(-type, null);
            case (int)NativeFileType.Fifo or (int)NativeFileType.Character:
                return (NativeFileType)type;
            case (int)NativeFileType.Regular or (int)NativeFileType.Block:
                throw new IOException("This is a file, which UringFile reads at any position.", Errno.ESPIPE);
            case (int)NativeFileType.Directory:
                throw ErrnoExceptions.Create(Errno.EACCES, null);
            default:
                throw new NotSupportedException("Only a pipe, a FIFO, a terminal or a character device can be opened a second time, as this stream does.");
        }
    }

    private static SafeFileHandle Reopen(int descriptor)
    {
        int own = NativeMethods.Reopen(descriptor, (uint)(NativeOpenFlags.ReadOnly | NativeOpenFlags.Nonblock));
        return own switch
        {
            >= 0 => new SafeFileHandle(own, ownsHandle: true),
            -Errno.EOPNOTSUPP => throw new NotSupportedException("The master of a pseudo-terminal cannot be opened a second time, as this stream does."),
            _ => throw ErrnoExceptions.Create(-own, $"/proc/self/fd/{descriptor}"),
        };
    }
}
