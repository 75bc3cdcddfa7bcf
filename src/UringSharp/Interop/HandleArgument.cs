using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UringSharp.Interop;

/// <summary>The check of a handle that a caller lends or gives away.</summary>
internal static class HandleArgument
{
    /// <summary>Requires an open handle.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    /// <exception cref="ArgumentException">It is invalid.</exception>
    internal static void Check(SafeHandle handle, [CallerArgumentExpression(nameof(handle))] string name = "handle")
    {
        ArgumentNullException.ThrowIfNull(handle, name);
        ObjectDisposedException.ThrowIf(handle.IsClosed, handle);
        if (handle.IsInvalid)
        {
            throw new ArgumentException("The handle is invalid.", name);
        }
    }
}
