using System.Globalization;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Files.Streams;

/// <summary>
/// The opening of a path as FileStream opens it: which flags, and what follows open(2). With and without blocking it is the same but for the call that opens.
/// </summary>
internal sealed class FileOpening
{
    private const uint DefaultCreateMode = 0x1B6; // 0666, cut by the umask
    private const int RetryMilliseconds = 20;

    private static readonly bool s_takesLocks = !IsLockingDisabled();

    private readonly FileMode _mode;
    private readonly FileShare _share;
    private readonly FileOptions _options;
    private readonly long _preallocationSize;
    private readonly uint _createMode;

    // Everything is copied: the caller's options may change while the open waits.
    private FileOpening(string path, FileStreamOptions options)
    {
        Path = path;
        Access = options.Access;
        BufferSize = options.BufferSize;
        Flags = OpenFlags(options);
        _mode = options.Mode;
        _share = options.Share;
        _options = options.Options;
        _preallocationSize = options.PreallocationSize;
        _createMode = options.UnixCreateMode is { } createMode ? (uint)createMode : DefaultCreateMode;
    }

    /// <summary>The full path.</summary>
    internal string Path { get; }

    /// <summary>What the stream is for.</summary>
    internal FileAccess Access { get; }

    /// <summary>The flags of open(2).</summary>
    internal NativeOpenFlags Flags { get; }

    /// <summary>Size of the stream's buffer in bytes; none where it is 0 or 1.</summary>
    internal int BufferSize { get; }

    /// <summary>Whether closing deletes the path.</summary>
    internal bool DeletesOnClose => (_options & FileOptions.DeleteOnClose) != 0;

    /// <summary>What FileStream.IsAsync answers.</summary>
    internal bool IsAsync => (_options & FileOptions.Asynchronous) != 0;

    private bool ChangesFile => Truncates || _preallocationSize > 0;

    private bool Truncates => _mode is FileMode.Create or FileMode.Truncate;

    /// <summary>Checks the arguments as FileStream's constructor does.</summary>
    internal static FileOpening Check(string path, FileStreamOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        FileArguments.CheckCombination(options.Mode, options.Access, nameof(options));
        FileArguments.CheckCreation(options.Mode, options.Access, options.PreallocationSize, options.UnixCreateMode, nameof(options));
        return new FileOpening(PathArgument.Check(path), options);
    }

    /// <summary>Opens, and blocks while somebody's lease stands in the way (fcntl(2), F_SETLEASE). A FIFO opens at once or not at all.</summary>
    internal OpenedFile Open()
    {
        NativeLibraryLoader.ThrowIfUnavailable();
        while (true)
        {
            OpenedPath opened;
            try
            {
                opened = PathOpening.Open(Path, Flags, _createMode);
            }
            catch (IOException e) when (e.HResult == Errno.EAGAIN)
            {
                Thread.Sleep(RetryMilliseconds);
                continue;
            }

            return Complete(opened);
        }
    }

    /// <summary>Opens without blocking the caller, however long a lease, or the want of a reader at a FIFO, stands in the way.</summary>
    internal async ValueTask<OpenedFile> OpenAsync(CompletionPump pump, CancellationToken cancellationToken)
    {
        OpenedPath opened;
        try
        {
            opened = await PathOpening.OpenAsync(pump, Path, Flags, _createMode, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (IOException e) when (e.HResult == Errno.ENXIO && Access == FileAccess.Write)
        {
            if (!await BlockingPool.Shared.RunAsync(static path => IsFifo(path), Path, cancellationToken).ConfigureAwait(LoopContext.IsCurrent))
            {
                throw;
            }

            opened = await FifoWriterOpening.OpenAsync(pump, Path, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }

        if (!ChangesFile && LocalDevices.Known.Contains(opened.Info.Device))
        {
            // No server has to be asked, and no disk: what follows comes from the kernel's memory.
            return Complete(opened);
        }

        // Without the token: what was opened is either used or closed, whenever the call returns.
        Task<OpenedFile> completion = BlockingPool.Shared.RunAsync(
            static request => request.Opening.Complete(request.Opened), (Opening: this, Opened: opened), CancellationToken.None).AsTask();
        try
        {
            return await Cancellable.WaitAsync(completion, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch
        {
            // Nobody wants it any more: closed once the call has let go of it. Its late failure is taken note of, so that it is not reported as one that nobody saw.
            opened.Handle.Dispose();
            _ = completion.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
    }

    private static bool IsFifo(string path) =>
        PathCalls.Status(path, NativePathFlags.Follow, out NativeFileStatus status) >= 0 && status.Type == (uint)NativeFileType.Fifo;

    private static NativeOpenFlags OpenFlags(FileStreamOptions options)
    {
        NativeOpenFlags flags = options.Access switch
        {
            FileAccess.Read => NativeOpenFlags.ReadOnly,
            FileAccess.Write => NativeOpenFlags.WriteOnly,
            _ => NativeOpenFlags.ReadWrite,
        };
        flags |= options.Mode switch
        {
            FileMode.OpenOrCreate or FileMode.Append or FileMode.Create => NativeOpenFlags.Create,
            FileMode.CreateNew => NativeOpenFlags.Create | NativeOpenFlags.Exclusive,
            _ => 0,
        };

        // Else the file is truncated when its lock is ours, and not before.
        if (options.Mode is FileMode.Create or FileMode.Truncate && !s_takesLocks)
        {
            flags |= NativeOpenFlags.Truncate;
        }

        return (options.Options & FileOptions.WriteThrough) != 0 ? flags | NativeOpenFlags.Sync : flags;
    }

    private static bool IsLockingDisabled()
    {
        if (AppContext.TryGetSwitch("System.IO.DisableFileLocking", out bool isDisabled))
        {
            return isDisabled;
        }

        string? variable = Environment.GetEnvironmentVariable("DOTNET_SYSTEM_IO_DISABLEFILELOCKING");
        return variable == "1" || string.Equals(variable, "true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What follows open(2). May block.</summary>
    private OpenedFile Complete(OpenedPath opened)
    {
        SafeFileHandle handle = opened.Handle;
        NativeFileInfo info = opened.Info;
        try
        {
            if (info.Type == (uint)NativeFileType.Directory)
            {
                throw ErrnoExceptions.Create(Errno.EACCES, Path);
            }

            bool isLocked = Lock(handle);
            Advise(handle);
            if (Truncates && s_takesLocks)
            {
                Truncate(handle);
            }

            if (_preallocationSize > 0)
            {
                Preallocate(handle, Path, _preallocationSize);
            }

            bool hasPositions = (NativeFileType)info.Type is NativeFileType.Regular or NativeFileType.Block;
            if ((NativeFileType)info.Type == NativeFileType.Character && FileCalls.IsMemoryDevice(handle))
            {
                hasPositions = true;
                Descriptor.SetBlocking(handle, Path);
            }

            long appendStart = hasPositions && _mode == FileMode.Append ? RandomAccess.GetLength(handle) : -1;
            return new OpenedFile(handle, info, hasPositions, isLocked, appendStart);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The advisory lock FileStream takes: exclusive for FileShare.None, else shared.</summary>
    private bool Lock(SafeFileHandle handle)
    {
        NativeLock kind = _share == FileShare.None ? NativeLock.Exclusive : NativeLock.Shared;
        if (!s_takesLocks || (kind == NativeLock.Shared && (Access & FileAccess.Write) != 0 && !FileCalls.SharesLocksWithWriters(handle)))
        {
            return false;
        }

        // A file system that knows no locks is used without.
        int result = FileCalls.Lock(handle, kind);
        return result == -Errno.EAGAIN ? throw ErrnoExceptions.Create(Errno.EAGAIN, Path) : result >= 0;
    }

    private void Advise(SafeFileHandle handle)
    {
        NativeAdvice advice = (_options & FileOptions.RandomAccess) != 0 ? NativeAdvice.Random
            : (_options & FileOptions.SequentialScan) != 0 ? NativeAdvice.Sequential
            : NativeAdvice.Normal;
        if (advice != NativeAdvice.Normal)
        {
            _ = FileCalls.Advise(handle, advice);
        }
    }

    private void Truncate(SafeFileHandle handle)
    {
        // EINVAL: a device or a pipe, which has nothing to truncate.
        int result = FileCalls.SetLength(handle, 0);
        if (result < 0 && result is not (-Errno.EINVAL or -Errno.EBADF))
        {
            throw ErrnoExceptions.Create(-result, Path);
        }
    }

    /// <summary>Reserves room for a new file, which is removed again where there is none. May block.</summary>
    internal static void Preallocate(SafeFileHandle handle, string path, long size)
    {
        // Other failures: a file system that cannot, which is no reason not to open.
        int result = FileCalls.Preallocate(handle, size);
        if (result is -Errno.ENOSPC or -Errno.EFBIG)
        {
            handle.Dispose();
            _ = PathCalls.DeleteFile(path);
            string reason = result == -Errno.ENOSPC ? "the disk was full" : "the file was too large";
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"Failed to create '{path}' with allocation size '{size}' because {reason}."));
        }
    }
}
