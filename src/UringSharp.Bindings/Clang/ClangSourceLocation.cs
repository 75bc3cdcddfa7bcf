using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>CXSourceLocation.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ClangSourceLocation
{
    private readonly nint _data0;
    private readonly nint _data1;
    private readonly uint _offset;
}
