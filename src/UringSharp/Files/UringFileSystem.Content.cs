using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <content>Whole files.</content>
public static partial class UringFileSystem
{
    private const int FirstChunk = 4096;
    private const uint NewFileMode = 0x1B6; // 0666, cut by the umask
    private const uint ModeBits = 0xFFF;

    /// <summary>Reads a whole file, also one that says it is empty and is not, as those in /proc do.</summary>
    /// <param name="path">The path: that of a regular file or block device, a pipe is refused.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>All its bytes.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">There is no such file (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or it is a folder.</exception>
    /// <exception cref="IOException">It is longer than an array can be, 2 147 483 591 bytes; any other failure, HResult is the errno then.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static ValueTask<byte[]> ReadAllBytesAsync(string path, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<byte[]>(cancellationToken) : ReadFullAsync(fullPath, cancellationToken);
    }

    /// <summary>Writes a whole file and replaces what was in it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="atomic">
    /// Whether there is at any time, after a crash and a power failure too, either the old content or the new: the content goes to a temporary file in the same folder and to the
    /// disk, that file takes the name with the permissions of the old one and, where that is allowed, its owner, and the folder goes to the disk. A link is followed; other hard
    /// links keep the old content. Where the folder takes no other file, it is written at its place.
    /// </param>
    /// <param name="cancellationToken">Ends the wait. Not atomic, part of the content may be there then.</param>
    /// <returns>Ends when everything is in the kernel's hands, or, atomic, on the disk.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or it is a folder.</exception>
    /// <exception cref="IOException">The disk is full (ENOSPC), with atomic the path is that of a device or pipe (ESPIPE); any other failure. HResult is the errno.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static ValueTask WriteAllBytesAsync(string path, ReadOnlyMemory<byte> bytes, bool atomic = false, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken)
            : atomic ? ReplaceAsync(fullPath, bytes, cancellationToken)
            : WriteFullAsync(fullPath, bytes, cancellationToken);
    }

    private static async ValueTask<byte[]> ReadFullAsync(string fullPath, CancellationToken cancellationToken)
    {
        UringFile file = await UringFile.OpenAsync(fullPath, FileMode.Open, FileAccess.Read, cancellationToken: cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        await using (file.ConfigureAwait(LoopContext.IsCurrent))
        {
            long length = await file.GetLengthAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            if (length > Array.MaxLength)
            {
                throw TooLong();
            }

            if (length == 0)
            {
                return await ReadToEndAsync(file, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            }

            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            int read = await file.ReadAsync(bytes, 0, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            return read == bytes.Length ? bytes : bytes[..read];
        }
    }

    /// <summary>Reads a file that does not know its length.</summary>
    private static async ValueTask<byte[]> ReadToEndAsync(UringFile file, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[FirstChunk];
        int length = 0;
        while (await file.ReadAsync(bytes.AsMemory(length), length, cancellationToken).ConfigureAwait(LoopContext.IsCurrent) is > 0 and int read)
        {
            length += read;
            if (length == Array.MaxLength)
            {
                throw TooLong();
            }

            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(length * 2L, Array.MaxLength));
            }
        }

        return bytes[..length];
    }

    private static IOException TooLong() => new("The file is too long. This operation is currently limited to supporting files less than 2 gigabytes in size.");

    private static async ValueTask WriteFullAsync(string fullPath, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        UringFile file = await UringFile.OpenAsync(fullPath, FileMode.Create, FileAccess.Write, cancellationToken: cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        await using (file.ConfigureAwait(LoopContext.IsCurrent))
        {
            await file.WriteAsync(bytes, 0, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
    }

    private static async ValueTask ReplaceAsync(string fullPath, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        NativeLibraryLoader.ThrowIfUnavailable();
        (NewFile made, uint? mode) = await NewFile.MakeAsync(static path => BeginReplacing(path), fullPath, static made => made.File, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        try
        {
            try
            {
                var file = UringFile.FromHandle(made.Handle);
                await using (file.ConfigureAwait(LoopContext.IsCurrent))
                {
                    await file.WriteAsync(bytes, 0, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
                    await file.FlushAsync(cancellationToken: cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
                }
            }
            catch (Exception e) when (ErrnoExceptions.TryGetErrno(e, out int errno))
            {
                // The file was opened by its descriptor, and knows no path to blame.
                throw ErrnoExceptions.Create(errno, fullPath);
            }

            await RunAsync(
                static step =>
                {
                    step.made.Complete(step.mode, times: null);
                    step.made.SyncFolder();
                    return 0;
                },
                (made, mode),
                cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch
        {
            await made.DiscardAsync().ConfigureAwait(LoopContext.IsCurrent);
            throw;
        }
    }

    /// <summary>Makes the file that takes the place of another, or one that is new. Answers the permissions it shall have, null for those of a new file.</summary>
    private static (NewFile File, uint? Mode) BeginReplacing(string path)
    {
        int answer = PathCalls.Status(path, NativePathFlags.Follow, out NativeFileStatus existing);
        if (answer < 0)
        {
            return (NewFile.CreateUnseen(answer == -Errno.ENOENT ? FileCopy.FinalPath(path) : path, NewFileMode), null);
        }

        return (NativeFileType)existing.Type switch
        {
            NativeFileType.Regular => (NewFile.CreateBeside(FileCopy.FinalPath(path), existing.Mode & 0x1FF), existing.Mode & ModeBits),
            NativeFileType.Directory => throw ErrnoExceptions.Create(Errno.EACCES, path),
            _ => throw new IOException(ErrnoExceptions.WithPath("This is not a file, it cannot be replaced.", path), Errno.ESPIPE),
        };
    }
}
