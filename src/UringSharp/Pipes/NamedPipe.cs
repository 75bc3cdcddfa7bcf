using System.Text;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>Named pipes (FIFOs, fifo(7)): creating and opening.</summary>
public static class NamedPipe
{
    private const UnixFileMode AllPermissions = (UnixFileMode)0xFFF;

    /// <summary>Creates a named pipe: mkfifo(3).</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">Its permissions, cut by the umask; by default its owner may read and write.</param>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode has bits beyond the permissions.</exception>
    /// <exception cref="IOException">The path exists (EEXIST), or another failure; HResult is the errno.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES).</exception>
    /// <exception cref="UringNotSupportedException">The native library is missing.</exception>
    public static unsafe void Create(string path, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string fullPath = PathArgument.Check(path);
        if ((mode & ~AllPermissions) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "The mode has bits beyond the permissions.");
        }

        NativeLibraryLoader.ThrowIfUnavailable();

        int result;

        // SAFETY: the array holds the path and its NUL, and is fixed for the call.
        fixed (byte* pointer = Encoding.UTF8.GetBytes(fullPath + '\0'))
        {
            result = NativeMethods.MakeFifo(pointer, (uint)mode);
        }

        if (result < 0)
        {
            throw ErrnoExceptions.Create(-result, fullPath, blameFolder: true);
        }
    }

    /// <summary>Whether there is a named pipe at a path. As <see cref="File.Exists"/> it answers false for whatever it cannot see, and may wait for a disk or a server.</summary>
    /// <param name="path">The path, or null.</param>
    /// <returns>Whether it is that of a named pipe, or of a symbolic link to one.</returns>
    /// <exception cref="UringNotSupportedException">The native library is missing.</exception>
    public static bool Exists(string? path)
    {
        if (string.IsNullOrEmpty(path) || path.Contains('\0'))
        {
            return false;
        }

        NativeLibraryLoader.ThrowIfUnavailable();
        return PathCalls.Status(PathArgument.Check(path), NativePathFlags.Follow, out NativeFileStatus status) == 0 && status.Type == (uint)NativeFileType.Fifo;
    }

    /// <summary>
    /// Opens a named pipe for reading. Neither this nor anything else waits for a writer; the first read does. By default the stream reports its end (0 bytes) when all
    /// writers have closed; see <see cref="NamedPipeOptions.EndOfStream"/>.
    /// </summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">Further wishes, or null.</param>
    /// <param name="cancellationToken">Cancels the open; a descriptor that comes too late is closed.</param>
    /// <returns>The reading end.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">There is no such pipe (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES), the path is a folder's, or the capacity is above the limit of fs.pipe-max-size (EPERM).</exception>
    /// <exception cref="IOException">
    /// The path is not that of a named pipe (EINVAL), the pipe holds more than the capacity asked for (EBUSY), or another failure of open(2); HResult is the errno.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static ValueTask<UringPipeStream> OpenReadAsync(string path, NamedPipeOptions? options = null, CancellationToken cancellationToken = default) =>
        Open(path, options, FileAccess.Read, cancellationToken);

    /// <summary>
    /// Opens a named pipe for writing. It waits for a reader, without a thread of its own: what waits is tried again every 20 ms, by one thread for all of them. A reader that comes and
    /// goes in between is missed; so is one of a pipe that is made anew at this path meanwhile, as with open(2).
    /// </summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">Further wishes, or null.</param>
    /// <param name="cancellationToken">Ends the wait; a descriptor that comes too late is closed.</param>
    /// <returns>The writing end.</returns>
    /// <inheritdoc cref="OpenReadAsync"/>
    public static ValueTask<UringPipeStream> OpenWriteAsync(string path, NamedPipeOptions? options = null, CancellationToken cancellationToken = default) =>
        Open(path, options, FileAccess.Write, cancellationToken);

    /// <summary>
    /// Opens a named pipe for reading and writing (fifo(7); Linux allows it). It waits for nobody and never ends, since it is its own writer; what it writes any reader may get, itself
    /// included.
    /// </summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">Further wishes, or null.</param>
    /// <param name="cancellationToken">Cancels the open; a descriptor that comes too late is closed.</param>
    /// <returns>Both ends.</returns>
    /// <inheritdoc cref="OpenReadAsync"/>
    public static ValueTask<UringPipeStream> OpenReadWriteAsync(string path, NamedPipeOptions? options = null, CancellationToken cancellationToken = default) =>
        Open(path, options, FileAccess.ReadWrite, cancellationToken);

    private static ValueTask<UringPipeStream> Open(string path, NamedPipeOptions? options, FileAccess access, CancellationToken cancellationToken)
    {
        string fullPath = PathArgument.Check(path);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UringPipeStream>(cancellationToken);
        }

        CompletionPump pump = UringContext.PumpFor(options?.Context);
        return OpenAsync(pump, fullPath, access, options?.EndOfStream ?? EndOfStreamMode.WhenWritersLeave, options?.Capacity ?? 0, cancellationToken);
    }

    private static async ValueTask<UringPipeStream> OpenAsync(
        CompletionPump pump, string path, FileAccess access, EndOfStreamMode end, int capacity, CancellationToken cancellationToken)
    {
        // Who can write too is a writer himself, and so never meets an end.
        bool isOwnWriter = access == FileAccess.ReadWrite || (access == FileAccess.Read && end == EndOfStreamMode.Never);
        bool reopens = false;
        SafeFileHandle handle;
        if (access == FileAccess.Write)
        {
            handle = (await FifoWriterOpening.OpenAsync(pump, path, cancellationToken).ConfigureAwait(LoopContext.IsCurrent)).Handle;
        }
        else
        {
            try
            {
                handle = await OpenEndAsync(pump, path, isOwnWriter ? NativeOpenFlags.ReadWrite : NativeOpenFlags.ReadOnly, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            }
            catch (UnauthorizedAccessException) when (access == FileAccess.Read && isOwnWriter)
            {
                // It may be read only: each end is followed by another opening.
                handle = await OpenEndAsync(pump, path, NativeOpenFlags.ReadOnly, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
                isOwnWriter = false;
                reopens = true;
            }
        }

        try
        {
            SetCapacity(handle, capacity, path);
            bool peerSeen = isOwnWriter || access == FileAccess.Write;
            return new UringPipeStream(new PipeHandle(handle, path, pump, peerSeen, endIsFinal: true), access, reopens);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static async ValueTask<SafeFileHandle> OpenEndAsync(CompletionPump pump, string path, NativeOpenFlags access, CancellationToken cancellationToken)
    {
        OpenedPath opened = await PathOpening.OpenAsync(pump, path, access | NativeOpenFlags.Nonblock, 0, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        if ((NativeFileType)opened.Info.Type == NativeFileType.Fifo)
        {
            return opened.Handle;
        }

        opened.Handle.Dispose();
        throw (NativeFileType)opened.Info.Type == NativeFileType.Directory ? ErrnoExceptions.Create(Errno.EACCES, path) : FifoWriterOpening.NotAPipe(path);
    }

    private static void SetCapacity(SafeFileHandle handle, int capacity, string path)
    {
        if (capacity == 0)
        {
            return;
        }

        int result = NativeMethods.SetCapacity((int)handle.DangerousGetHandle(), (uint)capacity);
        if (result < 0)
        {
            throw result == -Errno.EPERM
                ? new UnauthorizedAccessException(
                    ErrnoExceptions.WithPath($"A pipe may not be made to hold {capacity} bytes by this user (sysctl fs.pipe-max-size).", path),
                    new IOException(null, Errno.EPERM))
                : ErrnoExceptions.Create(-result, path);
        }
    }
}
