using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>
/// Opens a path: openat(2) through the ring. The descriptor belongs to this operation until the consumer takes it, so that a cancelled or forgotten open
/// leaks none.
/// </summary>
internal sealed class OpenOperation : Operation, IValueTaskSource<SafeFileHandle>
{
    private static readonly TimeSpan s_leaseRetry = TimeSpan.FromMilliseconds(20);

    private nint _path;
    private string _pathText = string.Empty;
    private NativeOpenFlags _flags;
    private uint _mode;

    // A SafeFileHandle, which the consumer owns and disposes; nobody's while it lies here, so that its finalizer closes a forgotten one.
    private object? _opened;

    /// <summary>
    /// Opens, however long somebody's lease on the file (fcntl(2), F_SETLEASE) may stand in the way. An open that waits in the kernel would take one of its few workers
    /// (kernel fact F5), so it is repeated instead: asking is what makes the kernel tell the holder to let go.
    /// </summary>
    /// <param name="pump">Where.</param>
    /// <param name="path">The full path.</param>
    /// <param name="flags">O_NONBLOCK is always added, since the path may be a FIFO's (kernel fact F1); for a file the caller removes it afterwards.</param>
    /// <param name="mode">Permissions of a file that is created.</param>
    /// <param name="cancellationToken">Cancels it; an open that succeeds all the same is closed.</param>
    internal static async ValueTask<SafeFileHandle> OpenAsync(CompletionPump pump, string path, NativeOpenFlags flags, uint mode, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await Start(pump, path, flags, mode, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e) when (e.HResult == Errno.EAGAIN)
            {
                await Task.Delay(s_leaseRetry, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static ValueTask<SafeFileHandle> Start(CompletionPump pump, string path, NativeOpenFlags flags, uint mode, CancellationToken cancellationToken)
    {
        OpenOperation operation = OperationPool<OpenOperation>.Rent();
        operation._path = Marshal.StringToCoTaskMemUTF8(path);
        operation._pathText = path;
        operation._flags = flags | NativeOpenFlags.Nonblock;
        operation._mode = mode;
        return new ValueTask<SafeFileHandle>(operation, operation.Launch(pump, null, cancellationToken));
    }

    /// <summary>On a file system that hangs it takes for ever; what a disk is reading must not wait behind it.</summary>
    internal override bool IsBounded => false;

    /// <inheritdoc/>
    internal override unsafe void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the path is freed when the task resolves, after the last completion.
        Ring.RequirePrepared(NativeMethods.PrepareOpen(ring.Native, userData, (byte*)_path, (uint)_flags, _mode));
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        if (result == -Errno.EAGAIN && Cause == CancellationCause.None)
        {
            return Fail(Errno.EAGAIN);
        }

        if (result < 0)
        {
            return FailOrRetry(result);
        }

        if (Cause != CancellationCause.None)
        {
            // A late gift: nobody wants it any more. Closing may wait, for a network, so it is not for the leader.
            PoolQueue.Add(static descriptor => _ = NativeMethods.Close(descriptor), result);
            return EndEarly();
        }

        _opened = new SafeFileHandle(result, ownsHandle: true);
        return Succeed(0);
    }

    /// <inheritdoc/>
    SafeFileHandle IValueTaskSource<SafeFileHandle>.GetResult(short token)
    {
        BeginConsume(token);
        try
        {
            _ = CoreResult(token);
            return (SafeFileHandle)_opened!;
        }
        finally
        {
            Release();
        }
    }

    /// <inheritdoc/>
    protected override void ReleaseMemory()
    {
        Marshal.FreeCoTaskMem(_path);
        _path = 0;
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _pathText = string.Empty;
        _opened = null;
        OperationPool<OpenOperation>.Return(this);
    }

    /// <inheritdoc/>
    protected override Exception CreateException(int errno) => errno == Errno.EISDIR
        ? ErrnoExceptions.Create(Errno.EACCES, _pathText)
        : ErrnoExceptions.Create(errno, _pathText, blameFolder: errno == Errno.ENOENT && BlamesFolder());

    /// <summary>As FileStream does: it is the file that is missing, unless the folder is missing as well.</summary>
    private bool BlamesFolder() => !Directory.Exists(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(_pathText)));
}
