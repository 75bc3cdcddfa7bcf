using UringSharp.Engine;
using UringSharp.Engine.Operations;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// What <see cref="File"/> and <see cref="Directory"/> do with paths, without blocking the caller or a thread of the .NET pool. What the kernel holds in its caches is
/// answered at once; the rest is done by threads of the library's own, so that a file system that hangs holds up nobody but those who ask it.
/// <para>
/// Arguments are checked, and failures reported, as System.IO does: by the same exceptions, with the path in the message and the errno in the HResult of an
/// <see cref="IOException"/>. Cancelling ends the task at once. A change that has not begun is never made then; of one that the kernel has in hand it is unknown
/// whether it will be.
/// </para>
/// <para>Names that are not UTF-8 are shown with U+FFFD, as everywhere in .NET, and cannot be used to reach their file.</para>
/// </summary>
public static partial class UringFileSystem
{
    /// <summary>Asks what is at a path: statx(2).</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether a symbolic link at its end is followed, or meant itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>All the file system says.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">There is nothing (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist either, or is none (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">A folder on the way cannot be entered (EACCES).</exception>
    /// <exception cref="IOException">Any other failure, a loop of links for example (ELOOP); HResult is the errno.</exception>
    /// <exception cref="UringNotSupportedException">The native library is missing.</exception>
    public static ValueTask<UringFileStatus> StatAsync(string path, bool followLinks = true, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UringFileStatus>(cancellationToken);
        }

        NativePathFlags flags = followLinks ? NativePathFlags.Follow : NativePathFlags.NoFollow;
        int answer = AskCache(fullPath, flags, out NativeFileStatus status);
        if (answer == 0)
        {
            UringFileStatus known = new(in status);
            return AnswerOperation.Answer(known);
        }

        if (answer != -Errno.EAGAIN && AnswerFromCache(-answer, fullPath) is { } exception)
        {
            return ValueTask.FromException<UringFileStatus>(exception);
        }

        return BlockingPool.Shared.RunAsync(static asked => Ask(asked.fullPath, asked.flags), (fullPath, flags), cancellationToken);
    }

    /// <summary>
    /// Tells whether there is anything at a path: a file, a folder, or anything else, as <see cref="Path.Exists"/> does. A dangling link exists. What cannot be
    /// looked at, because a folder on the way cannot be entered for example, does not; nor does a file whose path ends with a slash.
    /// </summary>
    /// <param name="path">The path; a null, empty or invalid one does not exist.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it exists.</returns>
    /// <exception cref="UringNotSupportedException">The native library is missing.</exception>
    public static ValueTask<bool> ExistsAsync(string? path, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        if (string.IsNullOrEmpty(path) || path.Contains('\0'))
        {
            return new ValueTask<bool>(false);
        }

        string fullPath = PathArgument.Check(path);
        int answer = AskCache(fullPath, NativePathFlags.Follow, out _);
        if (answer is -Errno.ENOENT)
        {
            // Maybe a dangling link.
            answer = AskCache(fullPath, NativePathFlags.NoFollow, out _);
        }

        if (answer is 0 or -Errno.ENOENT or -Errno.ENOTDIR)
        {
            return AnswerOperation.Answer(answer == 0);
        }

        return BlockingPool.Shared.RunAsync(static asked => Exists(asked), fullPath, cancellationToken);
    }

    /// <summary>Asks the kernel's caches, which never blocks: 0, an errno, or -EAGAIN where the disk or a server must be asked.</summary>
    private static int AskCache(string fullPath, NativePathFlags flags, out NativeFileStatus status)
    {
        NativeLibraryLoader.ThrowIfUnavailable();
        int answer = PathCalls.StatusCached(fullPath, flags, LocalDevices.Known, out status);
        if (answer == -Errno.EAGAIN && status.Device != 0)
        {
            LocalDevices.Learn(fullPath, status.Device);
        }

        return answer;
    }

    /// <summary>Asks the disk or the server.</summary>
    private static UringFileStatus Ask(string fullPath, NativePathFlags flags)
    {
        int answer = PathCalls.Status(fullPath, flags, out NativeFileStatus status);
        if (answer < 0)
        {
            throw NotThere(-answer, fullPath);
        }

        if (!LocalDevices.Known.Contains(status.Device))
        {
            LocalDevices.Learn(fullPath, status.Device);
        }

        return new UringFileStatus(in status);
    }

    private static bool Exists(string fullPath)
    {
        int answer = PathCalls.Status(fullPath, NativePathFlags.Follow, out NativeFileStatus status);
        if (answer < 0)
        {
            return PathCalls.Status(fullPath, NativePathFlags.NoFollow, out _) == 0;
        }

        if (!LocalDevices.Known.Contains(status.Device))
        {
            LocalDevices.Learn(fullPath, status.Device);
        }

        return true;
    }

    /// <summary>The exception for an errno, where the caches can tell whether it is the folder that is missing; else null.</summary>
    private static Exception? AnswerFromCache(int errno, string fullPath)
    {
        if (errno != Errno.ENOENT)
        {
            return ErrnoExceptions.Create(errno, fullPath);
        }

        return AskCache(FolderOf(fullPath), NativePathFlags.Follow, out _) switch
        {
            -Errno.EAGAIN => null,
            < 0 => ErrnoExceptions.Create(errno, fullPath, blameFolder: true),
            _ => ErrnoExceptions.Create(errno, fullPath),
        };
    }

    /// <summary>The exception for an errno; blames the folder where it is the one that is missing, as FileStream does. May block.</summary>
    internal static Exception NotThere(int errno, string fullPath) =>
        ErrnoExceptions.Create(errno, fullPath, blameFolder: errno == Errno.ENOENT && !Directory.Exists(FolderOf(fullPath)));

    private static string FolderOf(string fullPath) => Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(fullPath)) ?? "/";
}
