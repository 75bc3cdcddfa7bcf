using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>Questions about an open descriptor, answered by fstat(2), statx(2) and fcntl(2). On a network these may take long: never on a leader.</summary>
internal static class Descriptor
{
    /// <summary>What a descriptor refers to. The caller keeps it open.</summary>
    internal static unsafe NativeFileInfo Describe(SafeFileHandle handle, string? path)
    {
        NativeFileInfo info;

        // SAFETY: info is a local.
        return NativeMethods.Describe(Number(handle), &info) is < 0 and var error ? throw ErrnoExceptions.Create(-error, path) : info;
    }

    /// <summary>The flags it was opened with, as far as they last.</summary>
    internal static NativeOpenFlags Flags(SafeFileHandle handle, string? path) => Flags(Number(handle), path);

    /// <summary>As above, by number: throws where it is no open descriptor.</summary>
    internal static NativeOpenFlags Flags(int descriptor, string? path)
    {
        int flags = NativeMethods.GetFlags(descriptor);
        return flags < 0 ? throw ErrnoExceptions.Create(-flags, path) : (NativeOpenFlags)flags;
    }

    /// <summary>A second descriptor of the same open file.</summary>
    internal static SafeFileHandle Duplicate(int descriptor)
    {
        int own = NativeMethods.Duplicate(descriptor);
        return own < 0 ? throw ErrnoExceptions.Create(-own, null) : new SafeFileHandle(own, ownsHandle: true);
    }

    /// <summary>Puts a description that is ours alone into blocking mode.</summary>
    internal static void SetBlocking(SafeFileHandle handle, string? path)
    {
        int result = NativeMethods.SetNonblocking(Number(handle), 0);
        if (result < 0)
        {
            throw ErrnoExceptions.Create(-result, path);
        }
    }

    private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();
}
