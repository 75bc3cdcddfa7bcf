using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Files.Streams;

/// <summary>The file under a stream that has positions: reads and writes at given places, for callers that may block and for those that must not.</summary>
internal sealed class StreamFile : IDisposable, IAsyncDisposable
{
    private readonly UringFile _file;
    private readonly FileHandle _handle;
    private readonly bool _isLocked;
    private readonly bool _deleteOnClose;

    internal StreamFile(FileHandle handle, string name, FileAccess access, OpenedFile opened, bool deleteOnClose)
    {
        _handle = handle;
        _file = new UringFile(handle);
        _isLocked = opened.IsLocked;
        _deleteOnClose = deleteOnClose;
        Name = name;
        Access = access;
        AppendStart = opened.AppendStart;
    }

    /// <summary>The path, or a substitute.</summary>
    internal string Name { get; }

    /// <summary>What the stream was opened for.</summary>
    internal FileAccess Access { get; }

    /// <summary>The length the file had when it was opened in append mode, else -1.</summary>
    internal long AppendStart { get; }

    /// <summary>Whether closing does more than close.</summary>
    internal bool DeletesOnClose => _deleteOnClose;

    /// <summary>The descriptor.</summary>
    internal SafeFileHandle SafeHandle => _handle.SafeHandle;

    /// <summary>The path exceptions name.</summary>
    internal string? Path => _handle.Path;

    /// <summary>pread(2), blocking.</summary>
    internal int Read(Span<byte> buffer, long offset)
    {
        try
        {
            return RandomAccess.Read(SafeHandle, buffer, offset);
        }
        catch (Exception e) when (TryAddPath(e, out Exception? withPath))
        {
            throw withPath;
        }
    }

    /// <summary>As <see cref="Read"/>, without blocking, and short only at the end of the file.</summary>
    internal ValueTask<int> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken) => _file.ReadAsync(buffer, offset, cancellationToken);

    /// <summary>pwrite(2), blocking: all of it.</summary>
    internal void Write(ReadOnlySpan<byte> buffer, long offset)
    {
        try
        {
            RandomAccess.Write(SafeHandle, buffer, offset);
        }
        catch (Exception e) when (TryAddPath(e, out Exception? withPath))
        {
            throw withPath;
        }
    }

    /// <summary>As <see cref="Write"/>, without blocking.</summary>
    internal ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellationToken) => _file.WriteAsync(buffer, offset, cancellationToken);

    /// <summary>fsync(2), blocking. Not by RandomAccess, which keeps a disk's error to itself (.NET 10).</summary>
    internal void FlushToDisk()
    {
        // As for the asynchronous one: what has no disk behind it, or cannot have been written, needs no flush.
        int result = FileCalls.Sync(SafeHandle);
        if (result is < 0 and not (-Errno.EINVAL or -Errno.EROFS or -Errno.EOPNOTSUPP))
        {
            throw ErrnoExceptions.Create(-result, Path);
        }
    }

    /// <summary>As <see cref="FlushToDisk"/>, without blocking.</summary>
    internal ValueTask FlushToDiskAsync(CancellationToken cancellationToken) => _file.FlushAsync(dataOnly: false, cancellationToken);

    /// <summary>fstat(2).</summary>
    internal long GetLength()
    {
        try
        {
            return RandomAccess.GetLength(SafeHandle);
        }
        catch (Exception e) when (TryAddPath(e, out Exception? withPath))
        {
            throw withPath;
        }
    }

    /// <summary>ftruncate(2).</summary>
    internal void SetLength(long length)
    {
        if (length < AppendStart)
        {
            throw new IOException("Unable to truncate data that previously existed in a file opened in Append mode.");
        }

        try
        {
            RandomAccess.SetLength(SafeHandle, length);
        }
        catch (Exception e) when (TryAddPath(e, out Exception? withPath))
        {
            throw withPath;
        }
    }

    /// <summary>The place a seek leads to.</summary>
    /// <exception cref="IOException">It lies before the start of the file, or of what may be appended.</exception>
    internal long Resolve(long offset, SeekOrigin origin, long position)
    {
        long target = unchecked(origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => position + offset,
            _ => GetLength() + offset,
        });
        if (target < 0)
        {
            throw ErrnoExceptions.Create(Errno.EINVAL, Path);
        }

        return target >= AppendStart
            ? target
            : throw new IOException("Unable seek backward to overwrite data that previously existed in a file opened in Append mode.");
    }

    /// <summary>Locks or unlocks a range against other processes: fcntl(2).</summary>
    internal void LockRange(NativeLock kind, long offset, long length)
    {
        int result = FileCalls.LockRange(SafeHandle, kind, offset, length);
        if (result < 0)
        {
            throw ErrnoExceptions.Create(-result, Path);
        }
    }

    /// <summary>Moves the descriptor's own position, for others that use it.</summary>
    internal void MoveDescriptor(long position) => _ = FileCalls.Seek(SafeHandle, position);

    /// <summary>Deletes the file where that was asked for. The handle closes itself, when nobody holds it any more.</summary>
    internal void Abandon()
    {
        if (_deleteOnClose)
        {
            _ = PathCalls.DeleteFile(Name);
        }
    }

    /// <summary>Deletes the file where that was asked for, gives up the lock, and closes.</summary>
    public void Dispose()
    {
        BeforeClose();
        _handle.Dispose();
    }

    /// <summary>As <see cref="Dispose"/>; ends when nothing uses the descriptor any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_deleteOnClose)
        {
            await BlockingPool.Shared.RunAsync(
                static file =>
                {
                    file.BeforeClose();
                    return true;
                },
                this,
                CancellationToken.None,
                mustBeMade: true).ConfigureAwait(LoopContext.IsCurrent);
        }
        else
        {
            BeforeClose();
        }

        await _handle.DisposeAsync().ConfigureAwait(LoopContext.IsCurrent);
    }

    private void BeforeClose()
    {
        bool taken = false;
        try
        {
            SafeHandle.DangerousAddRef(ref taken);
            if (_deleteOnClose)
            {
                _ = PathCalls.DeleteFile(Name);
            }

            if (_isLocked)
            {
                // Closing alone does not: a child process that is being started may hold a copy of the descriptor for a moment.
                _ = FileCalls.Lock(SafeHandle, NativeLock.None);
            }
        }
        catch (ObjectDisposedException)
        {
            // Somebody has closed the handle: deleted and unlocked or not, it is out of our hands.
        }
        finally
        {
            if (taken)
            {
                SafeHandle.DangerousRelease();
            }
        }
    }

    /// <summary>RandomAccess knows only the descriptor; its exception is made again with the path.</summary>
    private bool TryAddPath(Exception exception, [NotNullWhen(true)] out Exception? withPath)
    {
        withPath = Path is not null && ErrnoExceptions.TryGetErrno(exception, out int errno) ? ErrnoExceptions.Create(errno, Path) : null;
        return withPath is not null;
    }
}
