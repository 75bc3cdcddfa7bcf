using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <content>Names, links, and what is kept beside a file's content.</content>
public static partial class UringFileSystem
{
    /// <summary>Deletes a file or link, as File.Delete does: unlink(2). A file that is not there is no error.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when it is gone.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist, or is none.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or it is a folder.</exception>
    /// <exception cref="IOException">Any other failure; HResult is the errno.</exception>
    public static ValueTask DeleteAsync(string path, CancellationToken cancellationToken = default) => RunAsync(
        static fullPath =>
        {
            File.Delete(fullPath);
            return 0;
        },
        PathArgument.Check(path),
        cancellationToken);

    /// <summary>
    /// Moves a file or folder: renameat2(2), one step that happens as a whole or not at all. To another file system a file is copied and then deleted, as File.Move does it, which is
    /// two steps; folders are not moved there.
    /// </summary>
    /// <param name="source">What to move; a link itself is moved.</param>
    /// <param name="destination">Its new path.</param>
    /// <param name="mode">What happens to what is there.</param>
    /// <param name="cancellationToken">Ends the wait; between file systems it ends the copy, and the source stays.</param>
    /// <returns>Ends when it is done.</returns>
    /// <exception cref="ArgumentException">A path is empty or holds a NUL.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode is not defined.</exception>
    /// <exception cref="FileNotFoundException">The source does not exist; in an exchange, one of the two.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder of the destination does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM).</exception>
    /// <exception cref="IOException">The destination exists (EEXIST, ENOTEMPTY); an exchange between file systems (EXDEV); any other failure. HResult is the errno.</exception>
    public static ValueTask MoveAsync(
        string source, string destination, UringMoveMode mode = UringMoveMode.NoReplace, CancellationToken cancellationToken = default)
    {
        string from = PathArgument.Check(source);
        string to = PathArgument.Check(destination);
        if (mode is < UringMoveMode.NoReplace or > UringMoveMode.Exchange)
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "The mode is not defined.");
        }

        NativeLibraryLoader.ThrowIfUnavailable();
        return MoveFullAsync(from, to, mode, cancellationToken);
    }

    /// <summary>Creates a symbolic link, as File.CreateSymbolicLink does: symlink(2).</summary>
    /// <param name="path">The path of the link.</param>
    /// <param name="target">What it leads to, absolute or relative to the link's folder; it need not exist.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when it is there.</returns>
    /// <exception cref="ArgumentException">A path is empty or holds a NUL.</exception>
    /// <exception cref="IOException">There is something at the path (EEXIST); any other failure. HResult is the errno.</exception>
    public static ValueTask CreateSymbolicLinkAsync(string path, string target, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        _ = PathArgument.Check(target);
        return RunAsync(
            static asked =>
            {
                File.CreateSymbolicLink(asked.fullPath, asked.target);
                return 0;
            },
            (fullPath, target),
            cancellationToken);
    }

    /// <summary>Gives a file a second name: link(2). A symbolic link is not followed.</summary>
    /// <param name="path">The new name.</param>
    /// <param name="existing">The file; no folder, and on the same file system.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when it is there.</returns>
    /// <exception cref="ArgumentException">A path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">The existing file does not exist (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">The folder of the new name does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or it is a folder.</exception>
    /// <exception cref="IOException">There is something at the path (EEXIST); another file system (EXDEV); any other failure. HResult is the errno.</exception>
    public static ValueTask CreateHardLinkAsync(string path, string existing, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        string target = PathArgument.Check(existing);
        return RunAsync(
            static asked =>
            {
                int answer = PathCalls.MakeLink(asked.target, asked.fullPath);
                ThrowIfError(answer, answer == -Errno.ENOENT && PathCalls.Status(asked.target, NativePathFlags.NoFollow, out _) < 0 ? asked.target : asked.fullPath);
                return 0;
            },
            (fullPath, target),
            cancellationToken);
    }

    /// <summary>Reads where a symbolic link leads: readlink(2).</summary>
    /// <param name="path">The path of the link.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The target as it stands in the link, absolute or relative to the link's folder; null where the path is no link's.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">There is nothing (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist, or is none.</exception>
    /// <exception cref="IOException">Any other failure; HResult is the errno.</exception>
    public static ValueTask<string?> ReadLinkAsync(string path, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        NativeLibraryLoader.ThrowIfUnavailable();
        return BlockingPool.Shared.RunAsync(
            static fullPath =>
            {
                int answer = PathCalls.ReadLink(fullPath, out string target);
                if (answer == -Errno.EINVAL)
                {
                    return null;
                }

                ThrowIfError(answer, fullPath);
                return target;
            },
            fullPath,
            cancellationToken);
    }

    /// <summary>Follows a symbolic link to its end, as File.ResolveLinkTarget does.</summary>
    /// <param name="path">The path of the link.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The full path of what the last link leads to, which need not exist; null where the path is no link's.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">There is nothing (ENOENT).</exception>
    /// <exception cref="IOException">The links form a loop; any other failure.</exception>
    public static ValueTask<string?> ResolveLinkTargetAsync(string path, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        NativeLibraryLoader.ThrowIfUnavailable();
        return BlockingPool.Shared.RunAsync(static link => File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName, fullPath, cancellationToken);
    }

    /// <summary>Sets the permissions, as File.SetUnixFileMode does: chmod(2). A symbolic link is followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="mode">All of them, the set-id and sticky bits included.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when they are set.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL, or the mode has bits that are none.</exception>
    /// <exception cref="FileNotFoundException">There is nothing (ENOENT).</exception>
    /// <exception cref="UnauthorizedAccessException">It is not ours (EPERM).</exception>
    /// <exception cref="IOException">Any other failure; HResult is the errno.</exception>
    public static ValueTask SetModeAsync(string path, UnixFileMode mode, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        return RunAsync(
            static asked =>
            {
                ThrowIfError(PathCalls.SetMode(asked.fullPath, (uint)asked.Item2), asked.fullPath);
                return 0;
            },
            (fullPath, CheckMode(mode)),
            cancellationToken);
    }

    /// <summary>Sets owner and group: chown(2), lchown(2). It clears the set-id bits of a program.</summary>
    /// <param name="path">The path.</param>
    /// <param name="owner">The user id; null leaves it.</param>
    /// <param name="group">The group id; null leaves it.</param>
    /// <param name="followLinks">Whether a symbolic link is followed, or meant itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when they are set.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is 4 294 967 295, which is none.</exception>
    /// <exception cref="FileNotFoundException">There is nothing (ENOENT).</exception>
    /// <exception cref="UnauthorizedAccessException">The process may not (EPERM).</exception>
    /// <exception cref="IOException">Any other failure; HResult is the errno.</exception>
    public static ValueTask SetOwnerAsync(string path, uint? owner, uint? group, bool followLinks = true, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        ArgumentOutOfRangeException.ThrowIfEqual(owner.GetValueOrDefault(), uint.MaxValue, nameof(owner));
        ArgumentOutOfRangeException.ThrowIfEqual(group.GetValueOrDefault(), uint.MaxValue, nameof(group));
        return RunAsync(
            static asked =>
            {
                ThrowIfError(PathCalls.SetOwner(asked.fullPath, asked.Item2, asked.Item3, asked.Item4), asked.fullPath);
                return 0;
            },
            (fullPath, owner ?? uint.MaxValue, group ?? uint.MaxValue, FlagsFor(followLinks)),
            cancellationToken);
    }

    /// <summary>Sets the times of the last access and write: utimensat(2).</summary>
    /// <param name="path">The path.</param>
    /// <param name="lastAccess">The last access, or null to leave it.</param>
    /// <param name="lastWrite">The last write, or null to leave it.</param>
    /// <param name="followLinks">Whether a symbolic link is followed, or meant itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when they are set, as exactly as the file system keeps them.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Nanoseconds below 0 or above 999 999 999.</exception>
    /// <exception cref="FileNotFoundException">There is nothing (ENOENT).</exception>
    /// <exception cref="UnauthorizedAccessException">It is not ours (EPERM, EACCES).</exception>
    /// <exception cref="IOException">Any other failure; HResult is the errno.</exception>
    public static ValueTask SetTimesAsync(
        string path, UringFileTime? lastAccess, UringFileTime? lastWrite, bool followLinks = true, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        (NativeTimespec?, NativeTimespec?) times = (ToNative(lastAccess, nameof(lastAccess)), ToNative(lastWrite, nameof(lastWrite)));
        return RunAsync(
            static asked =>
            {
                ThrowIfError(PathCalls.SetTimes(asked.fullPath, asked.times.Item1, asked.times.Item2, asked.Item3), asked.fullPath);
                return 0;
            },
            (fullPath, times, FlagsFor(followLinks)),
            cancellationToken);
    }

    private static NativePathFlags FlagsFor(bool followLinks) => followLinks ? NativePathFlags.Follow : NativePathFlags.NoFollow;

    private static NativeTimespec? ToNative(UringFileTime? time, string name)
    {
        if (time is not { } set)
        {
            return null;
        }

        // The kernel gives two numbers beyond the range a meaning of their own.
        ArgumentOutOfRangeException.ThrowIfNegative(set.Nanoseconds, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(set.Nanoseconds, 999_999_999, name);
        return new NativeTimespec { Seconds = set.Seconds, Nanoseconds = set.Nanoseconds };
    }

    private static async ValueTask MoveFullAsync(string from, string to, UringMoveMode mode, CancellationToken cancellationToken)
    {
        bool mustCopy = await BlockingPool.Shared.RunAsync(static asked => Move(asked.from, asked.to, asked.mode), (from, to, mode), cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        if (mustCopy)
        {
            await CopyAsync(from, to, overwrite: mode == UringMoveMode.Replace, cancellationToken: cancellationToken).ConfigureAwait(LoopContext.IsCurrent);

            // The copy is complete: to stop here would leave the file at both places.
            await DeleteAsync(from, CancellationToken.None).ConfigureAwait(LoopContext.IsCurrent);
        }
    }

    /// <summary>Renames; true where that leads to another file system and the file must be copied.</summary>
    private static bool Move(string from, string to, UringMoveMode mode)
    {
        NativeRenameFlags flags = mode switch
        {
            UringMoveMode.Replace => NativeRenameFlags.Replace,
            UringMoveMode.Exchange => NativeRenameFlags.Exchange,
            _ => NativeRenameFlags.NoReplace,
        };
        int answer = PathCalls.Rename(from, to, flags);
        if (answer == 0)
        {
            return false;
        }

        int found = PathCalls.Status(from, NativePathFlags.NoFollow, out NativeFileStatus status);
        if (mode == UringMoveMode.Exchange)
        {
            ThrowIfError(answer, found < 0 ? from : to);
        }

        bool isFolder = found == 0 && status.Type == (uint)NativeFileType.Directory;
        if (answer == -Errno.EXDEV && found == 0 && status.Type == (uint)NativeFileType.Regular)
        {
            return true;
        }

        // What System.IO makes of it: its exception as a rule. Its move, where the file system knows no conditions (EINVAL), or the two paths are one.
        if (!isFolder)
        {
            File.Move(from, to, overwrite: mode == UringMoveMode.Replace);
        }
        else if (mode == UringMoveMode.NoReplace)
        {
            Directory.Move(from, to);
        }
        else
        {
            ThrowIfError(answer, to);
        }

        return false;
    }
}
