using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Engine.Operations;
using UringSharp.Files.Streams;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// A file for reading and writing at given positions, any number of requests at a time. Nothing here blocks the caller: a cached read is answered at once
/// from the page cache, the rest goes through io_uring, or to the thread pool where the file system serves that better.
/// <para>
/// It takes no share lock: unlike FileStream it neither sees nor sets the advisory locks of <see cref="FileShare"/>. All members are thread-safe.
/// </para>
/// </summary>
public sealed class UringFile : IDisposable, IAsyncDisposable
{
    private const uint DefaultCreateMode = 0x1B6; // 0666, cut by the umask, as FileStream creates files

    private readonly FileHandle _handle;

    internal UringFile(FileHandle handle) => _handle = handle;

    /// <summary>The file's descriptor. Whoever closes it lets the requests in flight end first; what is asked after that is refused.</summary>
    public SafeFileHandle SafeFileHandle => _handle.SafeHandle;

    /// <summary>Opens a file: open(2), without blocking the caller.</summary>
    /// <param name="path">Its path, absolute or relative to the current folder.</param>
    /// <param name="mode">
    /// As for FileStream, but Append only opens for writing, at the offsets given: to append, set <see cref="UringFileOptions.Append"/>.
    /// </param>
    /// <param name="access">As for FileStream.</param>
    /// <param name="options">Further wishes, or null.</param>
    /// <param name="cancellationToken">Cancels the open; a descriptor that comes too late is closed.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="ArgumentNullException">The path is null.</exception>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL, or mode and access contradict each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Mode or access is not defined.</exception>
    /// <exception cref="FileNotFoundException">There is no such file (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or the path is a folder's.</exception>
    /// <exception cref="IOException">Any other failure of open(2), with errno in HResult; the path is not that of a file or block device (ESPIPE), or
    /// direct I/O is not possible with it (EINVAL).</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static ValueTask<UringFile> OpenAsync(
        string path, FileMode mode, FileAccess access, UringFileOptions? options = null, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        NativeOpenFlags flags = OpenFlags(mode, access);
        FileArguments.CheckCreation(mode, access, options?.PreallocationSize ?? 0, options?.UnixCreateMode, nameof(options));
        flags |= options is { Direct: true } ? NativeOpenFlags.Direct : 0;
        flags |= options is { Append: true } ? NativeOpenFlags.Append : 0;
        flags |= options is { WriteThrough: true } ? NativeOpenFlags.Dsync : 0;

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UringFile>(cancellationToken);
        }

        CompletionPump pump = UringContext.PumpFor(options?.Context);
        uint createMode = (uint?)options?.UnixCreateMode ?? DefaultCreateMode;
        long preallocationSize = options?.PreallocationSize ?? 0;
        ValueTask<OpenedPath> opening = PathOpening.OpenAsync(pump, fullPath, flags, createMode, cancellationToken);
        return opening.IsCompletedSuccessfully && preallocationSize == 0
            ? new ValueTask<UringFile>(Adopt(opening.Result, pump, fullPath, flags))
            : OpenSlowlyAsync(opening, pump, fullPath, flags, preallocationSize);
    }

    /// <summary>Uses a file that is open already.</summary>
    /// <param name="handle">The file. It must stay open until this object is disposed and its requests have ended.</param>
    /// <param name="ownsHandle">Whether disposing this object closes it.</param>
    /// <param name="context">The context it belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
    /// <returns>The file.</returns>
    /// <exception cref="ArgumentException">The handle is invalid.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="IOException">It is not that of a regular file or block device (ESPIPE).</exception>
    public static UringFile FromHandle(SafeFileHandle handle, bool ownsHandle = false, UringContext? context = null)
    {
        HandleArgument.Check(handle);
        CompletionPump pump = UringContext.PumpFor(context);
        bool taken = false;
        try
        {
            handle.DangerousAddRef(ref taken);
            NativeFileInfo info = Descriptor.Describe(handle, null);
            RequireFile(in info, null);
            return new UringFile(new FileHandle(handle, ownsHandle, null, pump, Descriptor.Flags(handle, null), in info));
        }
        finally
        {
            if (taken)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>Reads from a position: pread(2).</summary>
    /// <param name="buffer">Where to; filled unless the file ends before.</param>
    /// <param name="offset">Position of the first byte, 0 or more.</param>
    /// <param name="cancellationToken">
    /// Looked at until the request begins. A read that a device, a server or a thread of the pool already works on ends with its data all the same.
    /// </param>
    /// <returns>Bytes read: less than the buffer holds only at the end of the file, 0 at or beyond it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="ArgumentException">The file is open for direct I/O and offset, length or memory are not aligned; HResult is EINVAL.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not open for reading (EBADF).</exception>
    /// <exception cref="IOException">Reading failed; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        FileHandle handle = _handle;
        handle.Acquire();
        int done = 0;
        bool isComplete = buffer.IsEmpty;
        try
        {
            if (!isComplete && handle.ShouldProbe(buffer.Length))
            {
                done = handle.ReadCached(buffer.Span, offset, out isComplete);
            }

            if (!isComplete)
            {
                return FileReadOperation.Start(handle, buffer, done, offset, cancellationToken);
            }
        }
        catch
        {
            // The caller's memory could not be pinned, or is not aligned: nothing was started.
            handle.Release();
            throw;
        }

        handle.Release();
        return AnswerOperation.Answer(done);
    }

    /// <summary>Writes at a position, all of it: pwrite(2).</summary>
    /// <param name="buffer">What to write.</param>
    /// <param name="offset">Position of the first byte, 0 or more.</param>
    /// <param name="cancellationToken">Cancels the wait; part of the bytes may have been written then.</param>
    /// <returns>Ends when everything is in the kernel's hands; <see cref="FlushAsync"/> brings it to the disk.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="ArgumentException">The file is open for direct I/O and offset, length or memory are not aligned; HResult is EINVAL.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not open for writing (EBADF).</exception>
    /// <exception cref="IOException">Writing failed, the disk is full for example (ENOSPC); HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        FileHandle handle = _handle;
        handle.Acquire();
        int done = 0;
        try
        {
            if (handle.ProbesWrites && !buffer.IsEmpty)
            {
                done = Math.Max(0, handle.WriteCached(buffer.Span, offset));
            }

            if (done < buffer.Length)
            {
                return FileWriteOperation.Start(handle, buffer, done, offset, cancellationToken);
            }
        }
        catch
        {
            handle.Release();
            throw;
        }

        handle.Release();
        return AnswerOperation.Answer();
    }

    /// <summary>Reads from a position into many buffers, in their order: preadv(2). Any number of them, beyond IOV_MAX too.</summary>
    /// <param name="buffers">Where to; filled one after the other unless the file ends before.</param>
    /// <param name="offset">Position of the first byte, 0 or more.</param>
    /// <param name="cancellationToken">Cancels the wait, as for a single buffer.</param>
    /// <returns>Bytes read: less than the buffers hold only at the end of the file.</returns>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="ArgumentException">The file is open for direct I/O and the offset or a buffer's address or length is not aligned; HResult is EINVAL.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not open for reading (EBADF).</exception>
    /// <exception cref="IOException">Reading failed; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask<long> ReadAsync(IReadOnlyList<Memory<byte>> buffers, long offset, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<long>(cancellationToken);
        }

        _handle.Acquire();
        try
        {
            return FileVectorOperation.Read(_handle, buffers, offset, cancellationToken);
        }
        catch
        {
            _handle.Release();
            throw;
        }
    }

    /// <summary>Writes many buffers at a position, in their order and all of them: pwritev(2). Any number of them, beyond IOV_MAX too.</summary>
    /// <param name="buffers">What to write.</param>
    /// <param name="offset">Position of the first byte, 0 or more.</param>
    /// <param name="cancellationToken">Cancels the wait; part of the bytes may have been written then.</param>
    /// <returns>Ends when everything is in the kernel's hands.</returns>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="ArgumentException">The file is open for direct I/O and the offset or a buffer's address or length is not aligned; HResult is EINVAL.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not open for writing (EBADF).</exception>
    /// <exception cref="IOException">Writing failed, the disk is full for example (ENOSPC); HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask WriteAsync(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        _handle.Acquire();
        try
        {
            return FileVectorOperation.Write(_handle, buffers, offset, cancellationToken);
        }
        catch
        {
            _handle.Release();
            throw;
        }
    }

    /// <summary>Brings what was written to the disk: fsync(2), fdatasync(2).</summary>
    /// <param name="dataOnly">Whether metadata that is not needed to read the data back (times) may stay behind.</param>
    /// <param name="cancellationToken">Ends the wait at once. A flush the kernel has begun goes on, and it is unknown what has reached the disk.</param>
    /// <returns>Ends when the disk has it.</returns>
    /// <exception cref="IOException">The disk reports an error; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask FlushAsync(bool dataOnly = false, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        _handle.Acquire();
        if (!FileFlushOperation.TryStart(_handle, dataOnly, out ValueTask flushing))
        {
            return FileCall.RunVoidAsync(_handle, static call => FileHandle.Flush(call.Descriptor, call.Argument != 0), dataOnly ? 1u : 0, 0, 0, cancellationToken);
        }

        return cancellationToken.CanBeCanceled ? new ValueTask(Cancellable.WaitAsync(flushing.AsTask(), cancellationToken)) : flushing;
    }

    /// <summary>Asks for the file's length: fstat(2).</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Its length in bytes.</returns>
    /// <exception cref="IOException">The file system reports an error; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask<long> GetLengthAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<long>(cancellationToken);
        }

        _handle.Acquire();
        if (!_handle.IsLocal)
        {
            // A server may have to be asked.
            return FileCall.RunAsync(_handle, static call => NativeMethods.LengthOf(call.Descriptor), 0, 0, 0, cancellationToken);
        }

        long length = NativeMethods.LengthOf(_handle.Descriptor);
        _handle.Release();
        return length < 0 ? throw ErrnoExceptions.Create((int)-length, _handle.Path) : AnswerOperation.Answer(length);
    }

    /// <summary>Cuts the file or lets it grow, with zeros that take no space: ftruncate(2).</summary>
    /// <param name="length">Its new length in bytes, 0 or more.</param>
    /// <param name="cancellationToken">Cancels the wait; the length may have been set then.</param>
    /// <returns>Ends when the length is set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or beyond what the file system or RLIMIT_FSIZE allows (EFBIG).</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not open for writing (EBADF), or may only be appended to (EPERM).</exception>
    /// <exception cref="IOException">Another failure; HResult is the errno, EINVAL also for a file that is not open for writing.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask SetLengthAsync(long length, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return CallAsync(static call => NativeMethods.SetLength(call.Descriptor, call.Length), 0, 0, length, cancellationToken);
    }

    /// <summary>Reserves, frees or moves space of the file: fallocate(2).</summary>
    /// <param name="allocation">What to do.</param>
    /// <param name="offset">Start of the range in bytes, 0 or more.</param>
    /// <param name="length">Its length in bytes, more than 0.</param>
    /// <param name="cancellationToken">Cancels the wait; it may have been done then.</param>
    /// <returns>Ends when it is done.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range, or the file would grow beyond what is allowed (EFBIG).</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not open for writing (EBADF).</exception>
    /// <exception cref="IOException">
    /// There is no room (ENOSPC), the file system cannot do it (EOPNOTSUPP), the range is not aligned as it must be (EINVAL), or another failure; HResult is the errno.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask AllocateAsync(FileAllocation allocation, long offset, long length, CancellationToken cancellationToken = default)
    {
        NativeAllocateFlags flags = allocation switch
        {
            FileAllocation.Reserve => NativeAllocateFlags.Default,
            FileAllocation.ReserveKeepingLength => NativeAllocateFlags.KeepSize,
            FileAllocation.PunchHole => NativeAllocateFlags.PunchHole | NativeAllocateFlags.KeepSize,
            FileAllocation.Zero => NativeAllocateFlags.ZeroRange,
            FileAllocation.Collapse => NativeAllocateFlags.CollapseRange,
            FileAllocation.Insert => NativeAllocateFlags.InsertRange,
            _ => throw new ArgumentOutOfRangeException(nameof(allocation), allocation, "The allocation is not defined."),
        };
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return CallAsync(static call => NativeMethods.Allocate(call.Descriptor, call.Argument, call.Offset, call.Length), (uint)flags, offset, length, cancellationToken);
    }

    /// <summary>Tells the kernel how a range of the file will be used: posix_fadvise(2). It changes nothing but speed.</summary>
    /// <param name="advice">How.</param>
    /// <param name="offset">Start of the range in bytes, 0 or more.</param>
    /// <param name="length">Its length in bytes; 0: to the end of the file.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Ends when the kernel knows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    /// <exception cref="IOException">The kernel reports an error; HResult is the errno.</exception>
    /// <exception cref="ObjectDisposedException">The file or its context is disposed.</exception>
    public ValueTask AdviseAsync(FileAdvice advice, long offset = 0, long length = 0, CancellationToken cancellationToken = default)
    {
        NativeAdvice native = advice switch
        {
            FileAdvice.Normal => NativeAdvice.Normal,
            FileAdvice.Random => NativeAdvice.Random,
            FileAdvice.Sequential => NativeAdvice.Sequential,
            FileAdvice.WillNeed => NativeAdvice.WillNeed,
            FileAdvice.DontNeed => NativeAdvice.DontNeed,
            FileAdvice.NoReuse => NativeAdvice.NoReuse,
            _ => throw new ArgumentOutOfRangeException(nameof(advice), advice, "The advice is not defined."),
        };
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return CallAsync(static call => NativeMethods.Advise(call.Descriptor, call.Offset, call.Length, call.Argument), (uint)native, offset, length, cancellationToken);
    }

    /// <summary>Refuses further requests, cancels pending ones (they end with <see cref="ObjectDisposedException"/> unless they can still succeed), and closes when the last has ended. Does not wait.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>As <see cref="Dispose"/>.</summary>
    /// <returns>Ends when no request uses the file any more.</returns>
    public ValueTask DisposeAsync() => _handle.DisposeAsync();

    private static async ValueTask<UringFile> OpenSlowlyAsync(
        ValueTask<OpenedPath> opening, CompletionPump pump, string path, NativeOpenFlags flags, long preallocationSize)
    {
        OpenedPath opened = await opening.ConfigureAwait(LoopContext.IsCurrent);
        if (preallocationSize > 0)
        {
            try
            {
                await BlockingPool.Shared.RunVoidAsync(
                    static state =>
                    {
                        FileOpening.Preallocate(state.Handle, state.path, state.preallocationSize);
                        return 0;
                    },
                    (opened.Handle, path, preallocationSize),
                    CancellationToken.None).ConfigureAwait(LoopContext.IsCurrent);
            }
            catch
            {
                opened.Handle.Dispose();
                throw;
            }
        }

        return Adopt(in opened, pump, path, flags);
    }

    private static UringFile Adopt(in OpenedPath opened, CompletionPump pump, string path, NativeOpenFlags flags)
    {
        try
        {
            NativeFileInfo info = opened.Info;
            RequireFile(in info, path);
            return new UringFile(new FileHandle(opened.Handle, ownsHandle: true, path, pump, flags, in info));
        }
        catch
        {
            opened.Handle.Dispose();
            throw;
        }
    }

    private ValueTask CallAsync(Func<FileCall, long> call, uint argument, long offset, long length, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        _handle.Acquire();
        return FileCall.RunVoidAsync(_handle, call, argument, offset, length, cancellationToken);
    }

    private static NativeOpenFlags OpenFlags(FileMode mode, FileAccess access)
    {
        if (access is < FileAccess.Read or > FileAccess.ReadWrite)
        {
            throw new ArgumentOutOfRangeException(nameof(access), access, "The access is not defined.");
        }

        if ((access & FileAccess.Write) == 0 && mode is FileMode.Truncate or FileMode.Create or FileMode.CreateNew or FileMode.Append)
        {
            throw new ArgumentException($"Combining FileMode: {mode} with FileAccess: {access} is invalid.", nameof(access));
        }

        if ((access & FileAccess.Read) != 0 && mode == FileMode.Append)
        {
            throw new ArgumentException("Append access can be requested only in write-only mode.", nameof(access));
        }

        NativeOpenFlags flags = access switch
        {
            FileAccess.Read => NativeOpenFlags.ReadOnly,
            FileAccess.Write => NativeOpenFlags.WriteOnly,
            _ => NativeOpenFlags.ReadWrite,
        };
        return mode switch
        {
            FileMode.Open => flags,
            FileMode.OpenOrCreate or FileMode.Append => flags | NativeOpenFlags.Create,
            FileMode.Create => flags | NativeOpenFlags.Create | NativeOpenFlags.Truncate,
            FileMode.CreateNew => flags | NativeOpenFlags.Create | NativeOpenFlags.Exclusive,
            FileMode.Truncate => flags | NativeOpenFlags.Truncate,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "The mode is not defined."),
        };
    }

    private static void RequireFile(in NativeFileInfo info, string? path)
    {
        switch ((NativeFileType)info.Type)
        {
            case NativeFileType.Regular or NativeFileType.Block:
                return;
            case NativeFileType.Directory:
                throw ErrnoExceptions.Create(Errno.EACCES, path);
            case NativeFileType.Fifo:
                throw new IOException(
                    ErrnoExceptions.WithPath("This is a pipe, which has no positions: open it with NamedPipe, or UringPipeStream.FromHandle.", path), Errno.ESPIPE);
            default:
                throw new IOException(
                    ErrnoExceptions.WithPath("This is not a file, it has no positions: UringPipeStream.FromHandle may read it.", path), Errno.ESPIPE);
        }
    }
}
