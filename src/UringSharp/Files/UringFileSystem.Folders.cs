using System.Runtime.CompilerServices;
using System.Text;
using UringSharp.Engine;
using UringSharp.Interop;

namespace UringSharp;

/// <content>Folders.</content>
public static partial class UringFileSystem
{
    private const UnixFileMode DefaultFolderMode = (UnixFileMode)0x1FF; // 0777, cut by the umask

    /// <summary>Creates a folder and all that is missing on the way to it, as Directory.CreateDirectory does: mkdir(2). One that exists is no error.</summary>
    /// <param name="path">The path.</param>
    /// <param name="mode">Permissions of each folder created, cut by the umask; null for 0777.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when the folder is there.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL, or the mode has bits that are none.</exception>
    /// <exception cref="DirectoryNotFoundException">Something on the way is no folder (ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM).</exception>
    /// <exception cref="IOException">There is a file at the path (EEXIST); any other failure. HResult is the errno.</exception>
    public static ValueTask CreateDirectoryAsync(string path, UnixFileMode? mode = null, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        UnixFileMode permissions = CheckMode(mode ?? DefaultFolderMode);
        return RunAsync(
            static asked =>
            {
#pragma warning disable CA1416 // Not on Windows: the native library is there, so this is Linux.
                Directory.CreateDirectory(asked.fullPath, asked.permissions);
#pragma warning restore CA1416
                return 0;
            },
            (fullPath, permissions),
            cancellationToken);
    }

    /// <summary>
    /// Deletes a folder, as Directory.Delete does: rmdir(2). With all that is in it, links in it are deleted and not followed, names that are not UTF-8 are deleted too, and
    /// what cannot be deleted does not keep the rest: the first failure is reported at the end.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="recursive">Whether all that is in it is deleted first.</param>
    /// <param name="cancellationToken">Ends the task at once, and a recursive deletion soon after; what is deleted by then is gone.</param>
    /// <returns>Ends when it is gone.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM).</exception>
    /// <exception cref="IOException">It is not empty (ENOTEMPTY); any other failure. HResult is the errno.</exception>
    public static ValueTask DeleteDirectoryAsync(string path, bool recursive = false, CancellationToken cancellationToken = default)
    {
        string fullPath = PathArgument.Check(path);
        return RunAsync(
            static asked =>
            {
                if (asked.recursive)
                {
                    FolderDeletion.Run(asked.fullPath, asked.cancellationToken);
                }

                Directory.Delete(asked.fullPath);
                return 0;
            },
            (fullPath, recursive, cancellationToken),
            cancellationToken);
    }

    /// <summary>Lists a folder, in no order, without . and ..: getdents64(2). What is created or deleted meanwhile may be listed or not.</summary>
    /// <param name="path">The path; a link to a folder is followed.</param>
    /// <param name="cancellationToken">Ends the enumeration at once.</param>
    /// <returns>The entries. Ending early closes the folder.</returns>
    /// <exception cref="ArgumentException">The path is empty or holds a NUL.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no folder (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read (EACCES).</exception>
    /// <exception cref="IOException">Any other failure; HResult is the errno.</exception>
    public static IAsyncEnumerable<UringDirectoryEntry> EnumerateAsync(string path, CancellationToken cancellationToken = default)
    {
        // Here, not when the first entry is asked for.
        string fullPath = PathArgument.Check(path);
        NativeLibraryLoader.ThrowIfUnavailable();
        return EnumerateFullAsync(fullPath, cancellationToken);
    }

    private static async IAsyncEnumerable<UringDirectoryEntry> EnumerateFullAsync(string fullPath, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using FolderReader reader = await BlockingPool.Shared.RunAsync(
            static path => FolderReader.Open(FolderReader.Encode(path), followLinks: true, out int error) ?? throw ErrnoExceptions.Create(-error, path, blameFolder: true),
            fullPath,
            cancellationToken,
            static late => late.Dispose()).ConfigureAwait(LoopContext.IsCurrent);
        while (true)
        {
            // A list of its own for each batch: one that comes too late is nobody's.
            (int read, List<FolderReader.Entry> entries) = await BlockingPool.Shared.RunAsync(
                static reader =>
                {
                    List<FolderReader.Entry> entries = [];
                    return (reader.Read(entries), entries);
                },
                reader,
                cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            if (read < 0)
            {
                throw ErrnoExceptions.Create(-read, fullPath, blameFolder: true);
            }

            if (read == 0)
            {
                yield break;
            }

            foreach (FolderReader.Entry entry in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string name = Encoding.UTF8.GetString(entry.Name);
                yield return new UringDirectoryEntry(name, Path.Join(fullPath, name), (UringFileType)entry.Type, entry.Inode);
            }
        }
    }

    private static UnixFileMode CheckMode(UnixFileMode mode) =>
        ((int)mode & ~0xFFF) == 0 ? mode : throw new ArgumentException("Invalid UnixFileMode value.", nameof(mode));

    /// <summary>Makes a call by a thread that may block.</summary>
    private static ValueTask RunAsync<TState>(Func<TState, int> call, TState state, CancellationToken cancellationToken)
    {
        NativeLibraryLoader.ThrowIfUnavailable();
        return BlockingPool.Shared.RunVoidAsync(call, state, cancellationToken);
    }

    private static void ThrowIfError(int answer, string fullPath)
    {
        if (answer < 0)
        {
            throw NotThere(-answer, fullPath);
        }
    }
}
