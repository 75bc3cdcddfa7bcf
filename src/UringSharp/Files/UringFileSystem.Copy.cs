using UringSharp.Interop;

namespace UringSharp;

/// <content>Copies.</content>
public static partial class UringFileSystem
{
    /// <summary>
    /// Copies a file, as File.Copy does, with its permissions and the times of its last access and write. Its blocks are shared where the file system can (ioctl_ficlone(2)), else
    /// copied within the kernel (copy_file_range(2)), else read and written at the same time. Holes stay holes within one file system.
    /// <para>
    /// A file at the destination keeps its old content until the copy is complete, and then gives its name to the new one, which has its owner where that is allowed. Other hard
    /// links of it keep the old content. Where its folder takes no other file it is written to at its place instead. A link at the destination is followed; a
    /// device or pipe there is written to as File.Copy does it, without progress.
    /// </para>
    /// </summary>
    /// <param name="source">The file: a regular one or a block device.</param>
    /// <param name="destination">The path of the copy.</param>
    /// <param name="overwrite">Whether a file there is replaced.</param>
    /// <param name="progress">Told how many bytes are copied so far, never less than before, and at the end all of them. Not called at the same time by two threads.</param>
    /// <param name="cancellationToken">Ends the copy; nothing of it is left, and what was at the destination is still there.</param>
    /// <returns>Ends when the copy is complete; it may not be on the disk yet.</returns>
    /// <exception cref="ArgumentException">A path is empty or holds a NUL.</exception>
    /// <exception cref="FileNotFoundException">The source does not exist (ENOENT).</exception>
    /// <exception cref="DirectoryNotFoundException">A folder does not exist, or is none (ENOENT, ENOTDIR).</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is denied (EACCES, EPERM), or one of the two is a folder.</exception>
    /// <exception cref="IOException">The destination exists (EEXIST) or is the source; the disk is full (ENOSPC); any other failure. HResult is the errno.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here.</exception>
    public static ValueTask CopyAsync(
        string source, string destination, bool overwrite = false, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        string from = PathArgument.Check(source);
        string to = PathArgument.Check(destination);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellationToken)
            : new FileCopy(from, to, overwrite, progress, cancellationToken).RunAsync();
    }
}
