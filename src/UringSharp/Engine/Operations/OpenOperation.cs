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
internal sealed unsafe class OpenOperation : Operation, IValueTaskSource<OpenedFile>
{
    private byte* _path;
    private string _pathText = string.Empty;
    private NativeOpenFlags _flags;
    private uint _mode;
    private bool _keepsNonblocking;
    private OpenedFile _opened;

    /// <summary>Starts it.</summary>
    /// <param name="pump">Where.</param>
    /// <param name="path">The full path.</param>
    /// <param name="flags">O_NONBLOCK is always added, since the path may be a FIFO's (kernel fact F1), and removed from a regular file afterwards.</param>
    /// <param name="mode">Permissions of a file that is created.</param>
    /// <param name="cancellationToken">Cancels it; an open that succeeds all the same is closed.</param>
    internal static ValueTask<OpenedFile> Start(CompletionPump pump, string path, NativeOpenFlags flags, uint mode, CancellationToken cancellationToken)
    {
        OpenOperation operation = OperationPool<OpenOperation>.Rent();
        operation._path = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        operation._pathText = path;
        operation._keepsNonblocking = (flags & NativeOpenFlags.Nonblock) != 0;
        operation._flags = flags | NativeOpenFlags.Nonblock | NativeOpenFlags.Cloexec | NativeOpenFlags.Noctty;
        operation._mode = mode;
        return new ValueTask<OpenedFile>(operation, operation.Launch(pump, null, cancellationToken));
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the path is freed in Recycle, after the completion; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareOpen(ring.Native, userData, _path, (uint)_flags, _mode));
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        if (result == -Errno.EAGAIN && (_flags & NativeOpenFlags.Nonblock) != 0)
        {
            // Somebody holds a lease (fcntl(2), F_SETLEASE) on a regular file: wait for it in a kernel thread, as open(2) would.
            _flags &= ~NativeOpenFlags.Nonblock;
            return Cause != CancellationCause.None && EndEarly();
        }

        if (result < 0)
        {
            return Errno.IsInterruption(result) ? EndEarlyOrRetry() : Fail(-result);
        }

        if (Cause != CancellationCause.None)
        {
            // A late gift: nobody wants it any more.
            _ = NativeMethods.Close(result);
            return EndEarly();
        }

        return Adopt(result);
    }

    /// <inheritdoc/>
    OpenedFile IValueTaskSource<OpenedFile>.GetResult(short token)
    {
        BeginConsume(token);
        try
        {
            _ = CoreResult(token);
            return _opened;
        }
        finally
        {
            Release();
        }
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        Marshal.FreeCoTaskMem((nint)_path);
        _path = null;
        _pathText = string.Empty;
        _opened = default;
        OperationPool<OpenOperation>.Return(this);
    }

    /// <inheritdoc/>
    protected override Exception CreateException(int errno) =>
        ErrnoExceptions.Create(errno, _pathText, blameFolder: errno == Errno.ENOENT && IsFolderMissing());

    /// <summary>As FileStream does: who creates a file blames the folder, who opens one blames the file unless the folder is missing as well.</summary>
    private bool IsFolderMissing() =>
        (_flags & NativeOpenFlags.Create) != 0 || !Directory.Exists(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(_pathText)));

    private bool Adopt(int descriptor)
    {
        NativeFileInfo info;

        // SAFETY: info is a local.
        int result = NativeMethods.Describe(descriptor, &info);
        if (result >= 0 && info.Type is (uint)NativeFileType.Regular or (uint)NativeFileType.Block
            && !_keepsNonblocking && (_flags & NativeOpenFlags.Nonblock) != 0)
        {
            // The description is ours alone. Left in non-blocking mode, the ring would answer EAGAIN instead of reading from the disk.
            result = NativeMethods.SetNonblocking(descriptor, 0);
        }

        if (result < 0)
        {
            _ = NativeMethods.Close(descriptor);
            return Fail(-result);
        }

        _opened = new OpenedFile(new SafeFileHandle(descriptor, ownsHandle: true), info);
        return Succeed(0);
    }
}
