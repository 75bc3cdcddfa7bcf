using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// Opens paths: at once, on the caller's thread, where that cannot block, since the path is in the kernel's cache and no server stands behind its file system; else by
/// the blocking pool. Not through a ring: it would open on the submitting thread what it finds in the cache, and wait there for a server that hangs.
/// </summary>
internal static class PathOpening
{
    private const NativeOpenFlags Changing = NativeOpenFlags.Create | NativeOpenFlags.Truncate;
    private static readonly TimeSpan s_leaseRetry = TimeSpan.FromMilliseconds(20);

    /// <summary>Opens, however long somebody's lease on the file (fcntl(2), F_SETLEASE) may stand in the way.</summary>
    /// <param name="pump">The pump the descriptor is for; its end ends the wait.</param>
    /// <param name="path">The full path.</param>
    /// <param name="flags">The flags; the open itself never waits for a peer (O_NONBLOCK, kernel fact F1).</param>
    /// <param name="mode">Permissions of a file that is created.</param>
    /// <param name="cancellationToken">Cancels it; a descriptor that comes too late is closed.</param>
    internal static ValueTask<OpenedPath> OpenAsync(CompletionPump pump, string path, NativeOpenFlags flags, uint mode, CancellationToken cancellationToken)
    {
        return (flags & Changing) == 0 && TryFromCache(path, flags) is { } opened
            ? new ValueTask<OpenedPath>(opened)
            : EndWithAsync(pump, OpenOnBlockingPoolAsync, new Request(path, flags, mode), cancellationToken);
    }

    /// <summary>Opens on this thread where that cannot block; null where it must be tried by a thread that may.</summary>
    internal static OpenedPath? TryFromCache(string path, NativeOpenFlags flags)
    {
        long now = Environment.TickCount64;
        ReadOnlySpan<ulong> devices = LocalDevices.KnownAt(now);
        int result = PathCalls.OpenCached(path, flags, devices, LocalFolders.HoldFolderOf(path, devices, now), out NativeFileInfo info);
        if (result >= 0)
        {
            return new OpenedPath(new SafeFileHandle(result, ownsHandle: true), info);
        }

        if (result == -Errno.EAGAIN && info.Device != 0)
        {
            LocalDevices.Learn(path, info.Device);
        }

        return null;
    }

    /// <summary>Makes a call that ends with the caller's token or the pump, and tells which of the two it was.</summary>
    internal static async ValueTask<OpenedPath> EndWithAsync<T>(
        CompletionPump pump, Func<T, CancellationToken, ValueTask<OpenedPath>> call, T state, CancellationToken cancellationToken)
    {
        // What ends with the pump ends on another thread, and the code that awaits it shall run on the loop before that is gone.
        using CallOfLoop outside = new(pump == CompletionPump.OfLoopHere ? pump : null);
        using CancellationTokenSource? both = cancellationToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, pump.Stopping)
            : null;
        try
        {
            return await call(state, both?.Token ?? pump.Stopping).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw pump.Disposed();
        }
    }

    /// <summary>Opens on this thread, which may block. Throws as <see cref="OpenAsync"/>, and <see cref="IOException"/> with EAGAIN while a lease stands in the way.</summary>
    internal static OpenedPath Open(string path, NativeOpenFlags flags, uint mode)
    {
        int result = PathCalls.OpenFile(path, flags, mode, out NativeFileInfo info);
        if (result == -Errno.EINVAL && (flags & NativeOpenFlags.Direct) != 0)
        {
            return OpenWithoutDirect(path, flags, mode);
        }

        return result >= 0 ? new OpenedPath(new SafeFileHandle(result, ownsHandle: true), info) : throw Failure(-result, path);
    }

    /// <summary>The exception FileStream throws when an open fails.</summary>
    internal static Exception Failure(int errno, string path) => errno == Errno.EISDIR
        ? ErrnoExceptions.Create(Errno.EACCES, path)
        : ErrnoExceptions.Create(errno, path, blameFolder: errno == Errno.ENOENT && BlamesFolder(path));

    /// <summary>A direct open was answered by a bare EINVAL. What is no file is opened without, so that the caller refuses it for what it is.</summary>
    private static OpenedPath OpenWithoutDirect(string path, NativeOpenFlags flags, uint mode)
    {
        if (PathCalls.Status(path, NativePathFlags.Follow, out NativeFileStatus status) < 0)
        {
            throw Failure(Errno.EINVAL, path);
        }

        return (NativeFileType)status.Type is NativeFileType.Regular or NativeFileType.Block
            ? throw new IOException(ErrnoExceptions.WithPath("The file cannot be opened for direct I/O (O_DIRECT), which its file system may not support.", path), Errno.EINVAL)
            : Open(path, flags & ~NativeOpenFlags.Direct, mode);
    }

    /// <summary>As FileStream does: it is the file that is missing, unless the folder is missing as well.</summary>
    private static bool BlamesFolder(string path) => !Directory.Exists(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)));

    private static async ValueTask<OpenedPath> OpenOnBlockingPoolAsync(Request request, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await BlockingPool.Shared.RunAsync(
                    static request => Open(request.Path, request.Flags, request.Mode), request, cancellationToken, static late => late.Handle.Dispose()).ConfigureAwait(LoopContext.IsCurrent);
            }
            catch (IOException e) when (e.HResult == Errno.EAGAIN)
            {
                // Asking is what makes the kernel tell the holder of a lease to let go.
                await Cancellable.DelayAsync(s_leaseRetry, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            }
        }
    }

    private readonly record struct Request(string Path, NativeOpenFlags Flags, uint Mode);
}
