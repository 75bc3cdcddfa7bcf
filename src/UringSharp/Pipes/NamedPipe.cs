using System.Text;
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

    /// <summary>
    /// Opens a named pipe for reading. Neither this nor anything else waits for a writer; the first read does. The stream reports its end (0 bytes) when all
    /// writers have closed.
    /// </summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">Further wishes, or null.</param>
    /// <param name="cancellationToken">Cancels the open; a descriptor that comes too late is closed.</param>
    /// <returns>The reading end.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">There is no such pipe (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES), or the path is a folder's.</exception>
    /// <exception cref="IOException">The path is not that of a named pipe (EINVAL), or another failure of open(2); HResult is the errno.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static ValueTask<UringPipeStream> OpenReadAsync(string path, NamedPipeOptions? options = null, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UringPipeStream>(cancellationToken);
        }

        CompletionPump pump = UringContext.PumpFor(options?.Context);
        return OpenReadAsync(pump, fullPath, cancellationToken);
    }

    private static async ValueTask<UringPipeStream> OpenReadAsync(CompletionPump pump, string path, CancellationToken cancellationToken)
    {
        const NativeOpenFlags flags = NativeOpenFlags.ReadOnly | NativeOpenFlags.Nonblock;
        OpenedPath opened = await PathOpening.OpenAsync(pump, path, flags, 0, cancellationToken).ConfigureAwait(false);
        try
        {
            return (NativeFileType)opened.Info.Type switch
            {
                NativeFileType.Fifo => new UringPipeStream(new PipeHandle(opened.Handle, path, pump, peerSeen: false, endIsFinal: true)),
                NativeFileType.Directory => throw ErrnoExceptions.Create(Errno.EACCES, path),
                _ => throw new IOException($"This is not a named pipe. : '{path}'", Errno.EINVAL),
            };
        }
        catch
        {
            opened.Handle.Dispose();
            throw;
        }
    }
}
