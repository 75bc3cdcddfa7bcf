using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Files.Streams;

/// <summary>A stream over a file: what the buffered and the unbuffered one have in common.</summary>
internal abstract class SeekableStrategy : FileStreamStrategy
{
    private protected SeekableStrategy(StreamFile file)
        : base(file.Access) => File = file;

    /// <inheritdoc/>
    internal sealed override bool CanSeek => !IsClosed;

    /// <inheritdoc/>
    internal sealed override SafeFileHandle Descriptor => File.SafeHandle;

    /// <inheritdoc/>
    internal sealed override string Name => File.Name;

    /// <summary>The file.</summary>
    private protected StreamFile File { get; }

    /// <inheritdoc/>
    internal sealed override void Lock(long position, long length) => File.LockRange(CanWrite ? NativeLock.Exclusive : NativeLock.Shared, position, length);

    /// <inheritdoc/>
    internal sealed override void Unlock(long position, long length) => File.LockRange(NativeLock.None, position, length);

    /// <summary>An exception of a system call, for a caller that is given none: a finalizer.</summary>
    private protected static bool IsIoFailure(Exception exception) =>
        exception is IOException or ObjectDisposedException or ArgumentOutOfRangeException || ErrnoExceptions.TryGetErrno(exception, out _);
}
