using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// A file that is being made, at its own place or beside what it shall replace, and is removed unless it is completed. Every member but
/// <see cref="DiscardAsync"/> may block: for the blocking pool.
/// </summary>
internal sealed class NewFile
{
    /// <summary>Letters of the name a file has until it takes its place; short, since the name of what it replaces may be as long as a name can be.</summary>
    private const string TemporaryPrefix = ".uring-";

    /// <summary>What tidying up may take: on a file system that hangs nobody waits for it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly string? _replaced;
    private readonly bool _isOurs;

    private NewFile(SafeFileHandle handle, string path, string? replaced, bool isOurs)
    {
        Handle = handle;
        _path = path;
        _replaced = replaced;
        _isOurs = isOurs;
    }

    /// <summary>The file, open for writing.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>Makes a file where there is none.</summary>
    /// <param name="path">Its place.</param>
    /// <param name="mode">Its permissions, cut by the umask.</param>
    /// <exception cref="IOException">There is something (EEXIST).</exception>
    internal static NewFile Create(string path, uint mode)
    {
        int descriptor = PathCalls.Open(path, NativeOpenFlags.WriteOnly | NativeOpenFlags.Create | NativeOpenFlags.Exclusive, mode);
        return descriptor >= 0 ? new NewFile(new SafeFileHandle(descriptor, ownsHandle: true), path, null, isOurs: true) : throw Refused(-descriptor, path);
    }

    /// <summary>
    /// Makes a file that takes the place of another when it is completed; until then the other stays as it is. It gets the other's owner where that is allowed. Where no
    /// file can be made in the folder, the other one is written to at its place.
    /// </summary>
    /// <param name="path">The other one: a regular file, no link.</param>
    /// <param name="mode">The permissions until they are set, cut by the umask.</param>
    internal static NewFile CreateBeside(string path, uint mode)
    {
        // As System.IO: what may not be written to is not replaced, though its folder would allow it.
        int existing = PathCalls.Open(path, NativeOpenFlags.WriteOnly | NativeOpenFlags.Nonblock, 0);
        if (existing < 0)
        {
            throw Refused(-existing, path);
        }

        using SafeFileHandle replaced = new(existing, ownsHandle: true);
        if (TryCreateTemporary(path, mode, out int error) is { } file)
        {
            file.TakeOwner(replaced);
            return file;
        }

        return error is Errno.EACCES or Errno.EPERM ? CreateInPlace(path) : throw Refused(error, path);
    }

    /// <summary>Makes a file that appears at its place when it is completed.</summary>
    /// <param name="path">Its place: no link.</param>
    /// <param name="mode">Its permissions, cut by the umask.</param>
    internal static NewFile CreateUnseen(string path, uint mode) => TryCreateTemporary(path, mode, out int error) ?? throw Refused(error, path);

    /// <summary>The file's place, what its temporary name is replaced by.</summary>
    /// <param name="mode">Permissions to set, or null to leave them.</param>
    /// <param name="times">Last access and last write to set, or null to leave them.</param>
    internal void Complete(uint? mode, (NativeTimespec Access, NativeTimespec Write)? times)
    {
        if (mode is { } permissions)
        {
            ThrowIfOurs(FileCalls.SetMode(Handle, permissions));
        }

        if (times is { } set)
        {
            ThrowIfOurs(FileCalls.SetTimes(Handle, set.Access, set.Write));
        }

        // Here and not later: closing may write to a server.
        Handle.Dispose();
        if (_replaced is not null)
        {
            ThrowIfError(PathCalls.Rename(_path, _replaced, NativeRenameFlags.Replace));
        }
    }

    /// <summary>Brings the names in the folder to the disk: fsync(2) of a folder.</summary>
    internal void SyncFolder()
    {
        string folder = Path.GetDirectoryName(_path) ?? "/";
        int descriptor = PathCalls.Open(folder, NativeOpenFlags.ReadOnly | NativeOpenFlags.Directory, 0);
        if (descriptor is -Errno.EACCES)
        {
            // A folder that may be written but not read cannot be opened, so nobody but the kernel can bring it to the disk.
            return;
        }

        ThrowIfError(descriptor);
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);

        // Some file systems have nothing to do for a folder and say so.
        if (FileCalls.Sync(handle) is < 0 and not -Errno.EINVAL and var error)
        {
            ThrowIfError(error);
        }
    }

    /// <summary>Closes and removes it.</summary>
    internal void Discard()
    {
        Handle.Dispose();
        if (_isOurs)
        {
            _ = PathCalls.DeleteFile(_path);
        }
    }

    /// <summary>
    /// Makes one, by the blocking pool. Cancelled, it waits until what is made all the same has gone, so that nothing appears at the path later; or until the file
    /// system takes too long. The end of the event loop it is made for does not wait: what is made all the same goes at once.
    /// </summary>
    internal static async ValueTask<TMade> MakeAsync<TState, TMade>(
        Func<TState, TMade> make, TState state, Func<TMade, NewFile?> fileOf, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<TMade> making = BlockingPool.Shared.RunAsync(make, state, CancellationToken.None, late: made => fileOf(made)?.Discard()).AsTask();
        try
        {
            return await Cancellable.WaitAsync(making, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAny(DiscardLateAsync(), Task.Delay(s_patience, CancellationToken.None)).ConfigureAwait(LoopContext.IsCurrent);
            throw;
        }

        async Task DiscardLateAsync()
        {
            await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (making.IsCompletedSuccessfully && fileOf(await making.ConfigureAwait(LoopContext.IsCurrent)) is { } late)
            {
                await late.DiscardAsync().ConfigureAwait(LoopContext.IsCurrent);
            }
        }
    }

    /// <summary>As <see cref="Discard"/>, elsewhere; ends when the file is gone, or when the file system takes too long.</summary>
    internal async ValueTask DiscardAsync()
    {
        Task discarded = BlockingPool.Shared.RunAsync(static file => { file.Discard(); return 0; }, this, CancellationToken.None, mustBeMade: true).AsTask();
        try
        {
            await discarded.WaitAsync(s_patience).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (TimeoutException)
        {
            // It goes on by itself.
        }
    }

    /// <summary>The exception System.IO throws when a file cannot be made or opened for writing.</summary>
    private static Exception Refused(int errno, string path) => errno switch
    {
        Errno.EEXIST when Directory.Exists(path) => new IOException($"The target file '{path}' is a directory, not a file."),
        Errno.EISDIR => ErrnoExceptions.Create(Errno.EACCES, path),
        _ => UringFileSystem.NotThere(errno, path),
    };

    private static NewFile? TryCreateTemporary(string path, uint mode, out int error)
    {
        while (true)
        {
            string temporary = Path.Join(Path.GetDirectoryName(path), TemporaryPrefix + Path.GetRandomFileName());
            int descriptor = PathCalls.Open(temporary, NativeOpenFlags.WriteOnly | NativeOpenFlags.Create | NativeOpenFlags.Exclusive, mode);
            error = -Math.Min(descriptor, 0);
            if (descriptor >= 0)
            {
                return new NewFile(new SafeFileHandle(descriptor, ownsHandle: true), temporary, path, isOurs: true);
            }

            if (error != Errno.EEXIST)
            {
                return null;
            }
        }
    }

    private static NewFile CreateInPlace(string path)
    {
        int descriptor = PathCalls.Open(path, NativeOpenFlags.WriteOnly | NativeOpenFlags.Truncate | NativeOpenFlags.Nonblock, 0);
        return descriptor >= 0 ? new NewFile(new SafeFileHandle(descriptor, ownsHandle: true), path, null, isOurs: false) : throw Refused(-descriptor, path);
    }

    private void TakeOwner(SafeFileHandle replaced)
    {
        if (FileCalls.Status(replaced, out NativeFileStatus theirs) == 0
            && FileCalls.Status(Handle, out NativeFileStatus ours) == 0
            && (theirs.Owner != ours.Owner || theirs.Group != ours.Group))
        {
            _ = PathCalls.SetOwner(_path, theirs.Owner, theirs.Group, NativePathFlags.NoFollow);
        }
    }

    /// <summary>A file that was there before may be somebody else's, who alone sets its permissions and times.</summary>
    private void ThrowIfOurs(int answer)
    {
        if (_isOurs)
        {
            ThrowIfError(answer);
        }
    }

    private void ThrowIfError(int answer)
    {
        if (answer < 0)
        {
            throw UringFileSystem.NotThere(-answer, _replaced ?? _path);
        }
    }
}
