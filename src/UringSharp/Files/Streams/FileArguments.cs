namespace UringSharp.Files.Streams;

/// <summary>The checks of FileStream's constructors, with its exceptions in its order.</summary>
internal static class FileArguments
{
    private const FileOptions KnownOptions = FileOptions.WriteThrough | FileOptions.Asynchronous | FileOptions.RandomAccess | FileOptions.DeleteOnClose
        | FileOptions.SequentialScan | FileOptions.Encrypted | (FileOptions)0x20000000; // the last one is Windows's FILE_FLAG_NO_BUFFERING

    /// <summary>The options that stand for a constructor's separate arguments.</summary>
    internal static FileStreamOptions Options(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize, FileOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (mode is < FileMode.CreateNew or > FileMode.Append)
        {
            throw OutOfRange(nameof(mode));
        }

        if (access is < FileAccess.Read or > FileAccess.ReadWrite)
        {
            throw OutOfRange(nameof(access));
        }

        if ((share & ~FileShare.Inheritable) is < FileShare.None or > (FileShare.ReadWrite | FileShare.Delete))
        {
            throw OutOfRange(nameof(share));
        }

        if ((options & ~KnownOptions) != 0)
        {
            throw OutOfRange(nameof(options));
        }

        if (bufferSize < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(bufferSize), "Non-negative number required.");
        }

        CheckCombination(mode, access, nameof(access));
        return new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = bufferSize, Options = options };
    }

    /// <summary>Refuses a mode that the access contradicts.</summary>
    internal static void CheckCombination(FileMode mode, FileAccess access, string blamed)
    {
        if ((access & FileAccess.Read) != 0 && mode == FileMode.Append)
        {
            throw new ArgumentException("Append access can be requested only in write-only mode.", blamed);
        }

        if ((access & FileAccess.Write) == 0 && mode is FileMode.Truncate or FileMode.CreateNew or FileMode.Create or FileMode.Append)
        {
            throw new ArgumentException($"Combining FileMode: {mode} with FileAccess: {access} is invalid.", blamed);
        }
    }

    /// <summary>Refuses wishes for a new file where none is made.</summary>
    internal static void CheckCreation(FileMode mode, FileAccess access, long preallocationSize, UnixFileMode? createMode, string blamed)
    {
        if (preallocationSize > 0)
        {
            if ((access & FileAccess.Write) == 0)
            {
                throw new ArgumentException("Preallocation size can be requested only in write mode.", nameof(access));
            }

            if (mode is not (FileMode.Create or FileMode.CreateNew))
            {
                throw new ArgumentException("Preallocation size can be requested only for new files.", nameof(mode));
            }
        }

        if (createMode is not null && mode is FileMode.Open or FileMode.Truncate)
        {
            throw new ArgumentException("UnixCreateMode can be requested only for modes that can create new files.", blamed);
        }
    }

    private static ArgumentOutOfRangeException OutOfRange(string argument) => new(argument, "Enum value was out of legal range.");
}
