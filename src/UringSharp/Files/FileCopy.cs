using System.Buffers;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>One copy of one file: by sharing its blocks, else within the kernel, else through memory.</summary>
internal sealed class FileCopy(string source, string destination, bool overwrite, IProgress<long>? progress, CancellationToken cancellationToken)
{
    /// <summary>As many links as the kernel follows (path_resolution(7)).</summary>
    private const int MaxLinks = 40;

    /// <summary>What the kernel copies at a time: short against the patience of whoever cancels, or watches.</summary>
    private const long KernelChunk = 32L << 20;

    /// <summary>What is read at a time, while the one before is written.</summary>
    private const int MemoryChunk = 512 * 1024;

    private const uint PermissionBits = 0x1FF;
    private const int BlockUnit = 512;

    private UringFile _from = null!;
    private NewFile _to = null!;
    private NativeFileStatus _status;
    private bool _isSparse;
    private long _reported = -1;

    /// <summary>Its caller has been told that it has failed, while a chunk is still being copied.</summary>
    private bool _isGivenUp;

    private enum KernelCopy
    {
        GoesOn,
        Ended,
        Refused,
    }

    /// <summary>Copies.</summary>
    internal async ValueTask RunAsync()
    {
        _from = await UringFile.OpenAsync(source, FileMode.Open, FileAccess.Read, cancellationToken: cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        await using (_from.ConfigureAwait(LoopContext.IsCurrent))
        {
            NewFile? made = await NewFile.MakeAsync(static copy => copy.Begin(), this, static made => made, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            if (made is null)
            {
                await BlockingPool.Shared.RunVoidAsync(static copy => copy.CopyToSpecial(), this, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
                return;
            }

            _to = made;
            try
            {
                Report(await CopyContentAsync().ConfigureAwait(LoopContext.IsCurrent));
                await BlockingPool.Shared.RunVoidAsync(static copy => copy.Complete(), this, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            }
            catch
            {
                Volatile.Write(ref _isGivenUp, true);
                await made.DiscardAsync().ConfigureAwait(LoopContext.IsCurrent);
                throw;
            }
        }
    }

    /// <summary>Makes the file to write to; null where it is something else than a file.</summary>
    private NewFile? Begin()
    {
        ThrowIfError(FileCalls.Status(_from.SafeFileHandle, out _status), source);
        uint mode = _status.Mode & PermissionBits;
        if (!overwrite)
        {
            return NewFile.Create(destination, mode);
        }

        while (true)
        {
            int answer = PathCalls.Status(destination, NativePathFlags.Follow, out NativeFileStatus existing);
            if (answer == 0)
            {
                return (NativeFileType)existing.Type switch
                {
                    _ when existing.Inode == _status.Inode && existing.Device == _status.Device => throw new IOException(
                        $"The process cannot access the file '{destination}' because it is being used by another process.", Errno.EAGAIN),
                    NativeFileType.Directory => throw ErrnoExceptions.Create(Errno.EACCES, destination),
                    NativeFileType.Regular => NewFile.CreateBeside(FinalPath(destination), mode),
                    _ => null,
                };
            }

            try
            {
                return NewFile.Create(FinalPath(destination), mode);
            }
            catch (IOException e) when (answer == -Errno.ENOENT && e.HResult == Errno.EEXIST)
            {
                // Somebody was quicker: it is there now.
            }
        }
    }

    /// <summary>Where a path leads that may be a link, dangling even.</summary>
    internal static string FinalPath(string path)
    {
        string start = path;
        for (int i = 0; i < MaxLinks; i++)
        {
            if (PathCalls.ReadLink(path, out string target) < 0)
            {
                return path;
            }

            // As the kernel goes: from the folder the link lies in, whose path may itself lead through links, so that no ".." may be folded.
            path = target.StartsWith('/') ? target : path[..(path.LastIndexOf('/') + 1)] + target;
        }

        throw ErrnoExceptions.Create(Errno.ELOOP, start);
    }

    /// <summary>A device or a pipe: nothing to be kept intact, and nothing to be removed.</summary>
    private int CopyToSpecial()
    {
        File.Copy(source, destination, overwrite: true);
        return 0;
    }

    /// <summary>Copies the bytes and returns how many there were.</summary>
    private async ValueTask<long> CopyContentAsync()
    {
        if (await BlockingPool.Shared.RunAsync(static copy => copy.Clone(), this, cancellationToken).ConfigureAwait(LoopContext.IsCurrent))
        {
            return _status.Length;
        }

        (long offset, KernelCopy state) = (0, KernelCopy.GoesOn);
        while (state == KernelCopy.GoesOn)
        {
            (offset, state) = await BlockingPool.Shared.RunAsync(static step => step.copy.CopyStretch(step.offset), (copy: this, offset), cancellationToken)
                .ConfigureAwait(LoopContext.IsCurrent);
            Report(offset);
        }

        // The kernel may say that nothing is there, as it does of a file in /proc.
        return state == KernelCopy.Refused || offset == 0 ? await CopyThroughMemoryAsync(offset).ConfigureAwait(LoopContext.IsCurrent) : offset;
    }

    /// <summary>
    /// Copies chunks within the kernel, blocking: one where somebody is to be told how far it is, whose code does not run here; else all, without a way to other threads and back
    /// for each. Returns where the next one begins.
    /// </summary>
    private (long Offset, KernelCopy State) CopyStretch(long offset)
    {
        while (true)
        {
            long next = CopyChunk(offset);
            if (next < 0)
            {
                return (offset, KernelCopy.Refused);
            }

            if (next == offset)
            {
                return (offset, KernelCopy.Ended);
            }

            offset = next;
            if (progress is not null || cancellationToken.IsCancellationRequested || Volatile.Read(ref _isGivenUp))
            {
                return (offset, KernelCopy.GoesOn);
            }
        }
    }

    /// <summary>Lets the new file share the blocks of the old one, where the file system can.</summary>
    private bool Clone()
    {
        _isSparse = _status.Type == (uint)NativeFileType.Regular && _status.Length > 0 && (long)_status.Blocks * BlockUnit < _status.Length;
        return _status.Type == (uint)NativeFileType.Regular && _status.Length > 0 && FileCalls.Clone(_from.SafeFileHandle, _to.Handle) == 0;
    }

    /// <summary>Copies a stretch within the kernel and returns where the next one begins: the same place at the end, -1 where the kernel cannot.</summary>
    private long CopyChunk(long offset)
    {
        long length = KernelChunk;
        if (_isSparse)
        {
            long start = FileCalls.FindData(_from.SafeFileHandle, offset, out long end);
            if (start == -Errno.ENXIO)
            {
                // Only a hole is left. The length makes it.
                ThrowIfError(FileCalls.SetLength(_to.Handle, _status.Length), destination);
                return Math.Max(offset, _status.Length);
            }

            if (start >= 0)
            {
                offset = start;
                length = Math.Min(length, end - start);
            }
        }

        long copied = FileCalls.CopyRange(_from.SafeFileHandle, _to.Handle, offset, length);
        if (copied is -Errno.EXDEV or -Errno.EINVAL or -Errno.EOPNOTSUPP or -Errno.ENOSYS or -Errno.EPERM)
        {
            return -1;
        }

        ThrowIfError(copied, destination);
        return offset + copied;
    }

    /// <summary>Copies from a position to the end: while one buffer is written, the next is read.</summary>
    private async ValueTask<long> CopyThroughMemoryAsync(long offset)
    {
        byte[] full = ArrayPool<byte>.Shared.Rent(MemoryChunk);
        byte[] next = ArrayPool<byte>.Shared.Rent(MemoryChunk);
        var to = UringFile.FromHandle(_to.Handle);
        await using (to.ConfigureAwait(LoopContext.IsCurrent))
        {
            Task<int> reading = _from.ReadAsync(full.AsMemory(0, MemoryChunk), offset, cancellationToken).AsTask();
            while (await reading.ConfigureAwait(LoopContext.IsCurrent) is > 0 and int length)
            {
                Task writing = WriteAsync(to, full.AsMemory(0, length), offset);
                reading = _from.ReadAsync(next.AsMemory(0, MemoryChunk), offset + length, cancellationToken).AsTask();
                await Task.WhenAll(writing, reading).ConfigureAwait(LoopContext.IsCurrent);
                offset += length;
                Report(offset);
                (full, next) = (next, full);
            }
        }

        // Not where something failed: who knows whether a buffer is still in use.
        ArrayPool<byte>.Shared.Return(full);
        ArrayPool<byte>.Shared.Return(next);
        return offset;
    }

    private async Task WriteAsync(UringFile to, ReadOnlyMemory<byte> bytes, long offset)
    {
        try
        {
            await to.WriteAsync(bytes, offset, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (Exception e) when (ErrnoExceptions.TryGetErrno(e, out int errno))
        {
            // The file was opened by its descriptor, and knows no path to blame.
            throw ErrnoExceptions.Create(errno, destination);
        }
    }

    private int Complete()
    {
        // Asked again: reading has changed the time of the last access, and System.IO copies that one.
        ThrowIfError(FileCalls.Status(_from.SafeFileHandle, out NativeFileStatus now), source);
        _to.Complete(_status.Mode & PermissionBits, (now.AccessTime, now.WriteTime));
        return 0;
    }

    private void Report(long copied)
    {
        if (progress is not null && copied > _reported)
        {
            _reported = copied;
            progress.Report(copied);
        }
    }

    private static void ThrowIfError(long answer, string path)
    {
        if (answer < 0)
        {
            throw ErrnoExceptions.Create((int)-answer, path);
        }
    }
}
