using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>Lists the children of a cursor; libclang itself only offers a callback for each.</summary>
internal static class ClangChildren
{
    private const uint Continue = 1;

    public static List<ClangCursor> Of(ClangCursor parent)
    {
        var children = new List<ClangCursor>();
        var handle = GCHandle.Alloc(children);
        try
        {
            // SAFETY: Visit has the signature of CXCursorVisitor, and the handle outlives the call that uses it.
            unsafe
            {
                _ = ClangMethods.VisitChildren(parent, &Visit, GCHandle.ToIntPtr(handle));
            }
        }
        finally
        {
            handle.Free();
        }

        return children;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint Visit(ClangCursor child, ClangCursor parent, nint data)
    {
        ((List<ClangCursor>)GCHandle.FromIntPtr(data).Target!).Add(child);
        return Continue;
    }
}
