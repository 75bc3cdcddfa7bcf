using System.Runtime.InteropServices;

namespace UringSharp.Interop;

/// <summary>
/// The one table from errno to exception. It answers what System.IO answers for the same errno, so that code written against
/// FileStream catches what it expects.
/// </summary>
internal static class ErrnoExceptions
{
    /// <summary>Makes the exception for an errno.</summary>
    /// <param name="errno">The positive error number.</param>
    /// <param name="path">The path concerned, or null where only a descriptor is known.</param>
    /// <param name="blameFolder">For ENOENT: it is the folder that is missing, not the file.</param>
    internal static Exception Create(int errno, string? path, bool blameFolder = false) => errno switch
    {
        Errno.ENOENT or Errno.ENOTDIR when blameFolder || errno == Errno.ENOTDIR => new DirectoryNotFoundException(
            path is null ? "Could not find a part of the path." : $"Could not find a part of the path '{path}'."),
        Errno.ENOENT => path is null
            ? new FileNotFoundException("Unable to find the specified file.")
            : new FileNotFoundException($"Could not find file '{path}'.", path),
        Errno.EACCES or Errno.EBADF or Errno.EPERM => new UnauthorizedAccessException(
            path is null ? "Access to the path is denied." : $"Access to the path '{path}' is denied.", CreateIOException(errno, null)),
        Errno.ENAMETOOLONG => new PathTooLongException(path is null
            ? "The specified file name or path is too long, or a component of the specified path is too long."
            : $"The path '{path}' is too long, or a component of the specified path is too long."),
        Errno.EFBIG => FileTooLong("value"),
        Errno.EAGAIN => new IOException(
            path is null
                ? "The process cannot access the file because it is being used by another process."
                : $"The process cannot access the file '{path}' because it is being used by another process.",
            errno),
        Errno.EEXIST when path is not null => new IOException($"The file '{path}' already exists.", errno),
        _ => CreateIOException(errno, path),
    };

    /// <summary>The errno an exception of System.IO carries, so that it can be raised again with its path.</summary>
    internal static bool TryGetErrno(Exception exception, out int errno)
    {
        // Only a bare IOException holds an errno in HResult; a positive HResult is never a COM error code.
        Exception? carrier = exception is UnauthorizedAccessException ? exception.InnerException : exception;
        errno = carrier is IOException ? carrier.HResult : 0;
        return errno is > 0 and < 4096;
    }

    /// <summary>System.IO names the parameter of FileStream.SetLength whatever the call was.</summary>
    private static ArgumentOutOfRangeException FileTooLong(string value) => new(value, "Specified file length was too large for the file system.");

    /// <summary>A sentence and the path it speaks of, as System.IO joins them.</summary>
    internal static string WithPath(string text, string? path) => path is null ? text : $"{text} : '{path}'";

    private static IOException CreateIOException(int errno, string? path)
    {
        string text = Marshal.GetPInvokeErrorMessage(errno);
        return new IOException(WithPath(text, path), errno);
    }
}
