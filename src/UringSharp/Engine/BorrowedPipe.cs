using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// What an open handle refers to, for a stream of ours. Its description may be shared with other processes, so its flags stay as they are (kernel fact F16): what can be
/// opened a second time is, privately and in non-blocking mode; a socket is asked not to wait at each call; all else is read and written by the ring. In each case the number is
/// ours alone, and whoever owns the handle may close it at any time.
/// </summary>
internal static class BorrowedPipe
{
    /// <summary>Makes the handle.</summary>
    /// <param name="handle">The open handle; not used any more afterwards.</param>
    /// <param name="access">What it is to be used for.</param>
    /// <param name="pump">The pump of its operations.</param>
    /// <param name="acceptsFile">Whether a regular file will do: it is read at the position that all who share it have.</param>
    internal static PipeHandle Open(SafeHandle handle, FileAccess access, CompletionPump pump, bool acceptsFile)
    {
        bool taken = false;
        try
        {
            handle.DangerousAddRef(ref taken);
            int descriptor = (int)handle.DangerousGetHandle();
            NativeFileType type = RequireAccess(descriptor, access, acceptsFile);
            return type switch
            {
                NativeFileType.Fifo or NativeFileType.Character => Reopen(descriptor, type, access, pump),
                NativeFileType.Socket => Share(descriptor, type, TransferWay.Socket, pump),
                _ => Share(descriptor, type, TransferWay.Ring, pump),
            };
        }
        finally
        {
            if (taken)
            {
                handle.DangerousRelease();
            }
        }
    }

    private static NativeFileType RequireAccess(int descriptor, FileAccess access, bool acceptsFile)
    {
        NativeOpenFlags flags = Descriptor.Flags(descriptor, null);
        bool writes = (flags & (NativeOpenFlags.WriteOnly | NativeOpenFlags.ReadWrite)) != 0;
        bool reads = (flags & NativeOpenFlags.WriteOnly) == 0;
        if (((access & FileAccess.Read) != 0 && !reads) || ((access & FileAccess.Write) != 0 && !writes))
        {
            // Opening it again for more might succeed, and would make us another reader of the other side's data.
            throw new UnauthorizedAccessException("The descriptor is not open for this access.", ErrnoExceptions.Create(Errno.EBADF, null).InnerException);
        }

        int type = NativeMethods.FileTypeOf(descriptor);
        return type switch
        {
            < 0 => throw ErrnoExceptions.Create(-type, null),
            (int)NativeFileType.Regular or (int)NativeFileType.Block when !acceptsFile =>
                throw new IOException("This is a file, which UringFile reads and writes at any position.", Errno.ESPIPE),
            (int)NativeFileType.Directory => throw ErrnoExceptions.Create(Errno.EACCES, null),
            _ => (NativeFileType)type,
        };
    }

    private static PipeHandle Reopen(int descriptor, NativeFileType type, FileAccess access, CompletionPump pump)
    {
        NativeOpenFlags flags = access switch
        {
            FileAccess.Read => NativeOpenFlags.ReadOnly,
            FileAccess.Write => NativeOpenFlags.WriteOnly,
            _ => NativeOpenFlags.ReadWrite,
        };
        int own = NativeMethods.Reopen(descriptor, (uint)(flags | NativeOpenFlags.Nonblock | NativeOpenFlags.Noctty));
        if (own < 0)
        {
            // Another user's pipe (EACCES), one that nobody reads (ENXIO), the master of a terminal or a device of which opening makes another one (EOPNOTSUPP).
            return own is -Errno.EMFILE or -Errno.ENFILE or -Errno.ENOMEM ? throw ErrnoExceptions.Create(-own, null) : Share(descriptor, type, TransferWay.Ring, pump);
        }

        // An end that came before ours was opened is seen on the other's descriptor alone (kernel fact F8).
        bool peerSeen = (access & FileAccess.Read) != 0 && NativeMethods.PollNow(descriptor, (uint)NativePollEvents.In) > 0;
        return new PipeHandle(new SafeFileHandle(own, ownsHandle: true), null, pump, peerSeen, endIsFinal: type == NativeFileType.Fifo);
    }

    private static PipeHandle Share(int descriptor, NativeFileType type, TransferWay way, CompletionPump pump) =>
        new(Descriptor.Duplicate(descriptor), null, pump, peerSeen: true, EndsOnce(descriptor, type), way)
        {
            BlocksWriters = way == TransferWay.Ring && type == NativeFileType.Character,
        };

    /// <summary>Whether nothing read means the end, for good: an empty datagram does not.</summary>
    private static bool EndsOnce(int descriptor, NativeFileType type) =>
        type == NativeFileType.Fifo || (type == NativeFileType.Socket && NativeMethods.IsStreamSocket(descriptor) == 1);
}
