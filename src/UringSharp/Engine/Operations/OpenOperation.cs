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
internal sealed unsafe class OpenOperation : Operation, IValueTaskSource<SafeFileHandle>
{
    private byte* _path;
    private string _pathText = string.Empty;
    private NativeOpenFlags _flags;
    private uint _mode;
    private bool _mustNotBlock;

    // A SafeFileHandle, which the consumer owns and disposes; nobody's while it lies here, so that its finalizer closes a forgotten one.
    private object? _opened;

    /// <summary>Starts it.</summary>
    /// <param name="pump">Where.</param>
    /// <param name="path">The full path.</param>
    /// <param name="flags">O_NONBLOCK is always added, since the path may be a FIFO's (kernel fact F1); for a file the caller removes it afterwards.</param>
    /// <param name="mode">Permissions of a file that is created.</param>
    /// <param name="cancellationToken">Cancels it; an open that succeeds all the same is closed.</param>
    internal static ValueTask<SafeFileHandle> Start(CompletionPump pump, string path, NativeOpenFlags flags, uint mode, CancellationToken cancellationToken)
    {
        OpenOperation operation = OperationPool<OpenOperation>.Rent();
        operation._path = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        operation._pathText = path;
        operation._mustNotBlock = (flags & NativeOpenFlags.Nonblock) != 0;
        operation._flags = flags | NativeOpenFlags.Nonblock;
        operation._mode = mode;
        return new ValueTask<SafeFileHandle>(operation, operation.Launch(pump, null, cancellationToken));
    }

    /// <summary>On a file system that hangs it takes for ever; what a disk is reading must not wait behind it.</summary>
    internal override bool IsBounded => false;

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the path is freed when the task resolves, after the last completion.
        Ring.RequirePrepared(NativeMethods.PrepareOpen(ring.Native, userData, _path, (uint)_flags, _mode));
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        if (result == -Errno.EAGAIN && !_mustNotBlock && (_flags & NativeOpenFlags.Nonblock) != 0)
        {
            // Somebody holds a lease (fcntl(2), F_SETLEASE) on a regular file: wait for it in a kernel thread, as open(2) would.
            _flags &= ~NativeOpenFlags.Nonblock;
            return EndEarlyOrRetry();
        }

        if (result < 0)
        {
            return FailOrRetry(result);
        }

        if (Cause != CancellationCause.None)
        {
            // A late gift: nobody wants it any more. Closing may wait, for a network, so it is not for the leader.
            ThreadPool.UnsafeQueueUserWorkItem(static descriptor => _ = NativeMethods.Close(descriptor), result, preferLocal: false);
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
        Marshal.FreeCoTaskMem((nint)_path);
        _path = null;
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

    /// <summary>As FileStream does: who creates a file blames the folder, who opens one blames the file unless the folder is missing as well.</summary>
    private bool BlamesFolder() =>
        (_flags & NativeOpenFlags.Create) != 0 || !Directory.Exists(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(_pathText)));
}
