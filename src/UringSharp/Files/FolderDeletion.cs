using System.Text;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// Empties a folder, by the names as the kernel keeps them, so that those that are not UTF-8 go too. Blocks; looks at the token between two entries. Does not call
/// itself, since a path may be two thousand folders deep.
/// </summary>
internal static class FolderDeletion
{
    /// <summary>Deletes all that is in a folder. A link to a folder is left alone.</summary>
    internal static void Run(string fullPath, CancellationToken cancellationToken)
    {
        Exception? first = null;

        // Without a slash at its end: with one, the folder that a link leads to would be opened, and emptied.
        byte[] root = FolderReader.Encode(Path.TrimEndingDirectorySeparator(fullPath));
        Stack<(byte[] Path, bool IsEmptied)> folders = new([(root, false)]);
        while (folders.TryPop(out (byte[] Path, bool IsEmptied) next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isRoot = ReferenceEquals(next.Path, root);
            if (next.IsEmptied)
            {
                Note(FolderReader.DeleteFolder(next.Path), next.Path);
                continue;
            }

            // Back to it when what is above on the stack, its folders, has gone.
            if (!isRoot)
            {
                folders.Push((next.Path, true));
            }

            foreach (FolderReader.Entry entry in EntriesOf(next.Path, isRoot))
            {
                cancellationToken.ThrowIfCancellationRequested();
                byte[] path = FolderReader.Join(next.Path, entry.Name);
                if (entry.Type == NativeFileType.Directory)
                {
                    folders.Push((path, false));
                }
                else
                {
                    Note(FolderReader.DeleteFile(path), path);
                }
            }
        }

        if (first is not null)
        {
            throw first;
        }

        List<FolderReader.Entry> EntriesOf(byte[] path, bool isRoot)
        {
            // All of them before any is deleted: some file systems skip entries of a folder that changes. What is no folder (any more) is somebody else's to report.
            List<FolderReader.Entry> entries = [];
            using var reader = FolderReader.Open(path, followLinks: false, out int error);
            if (reader is null)
            {
                if (!isRoot || error is not (-Errno.ENOTDIR or -Errno.ENOENT))
                {
                    Note(error, path);
                }

                return entries;
            }

            int read;
            while ((read = reader.Read(entries)) > 0)
            {
            }

            Note(read, path);
            return entries;
        }

        void Note(int answer, byte[] path)
        {
            // What is gone already was to be deleted anyway.
            if (answer is < 0 and not -Errno.ENOENT)
            {
                first ??= ErrnoExceptions.Create(answer == -Errno.EISDIR ? Errno.EACCES : -answer, Encoding.UTF8.GetString(path.AsSpan(0, path.Length - 1)));
            }
        }
    }
}
