using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>CXSourceRange.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ClangSourceRange
{
    private readonly nint _data0;
    private readonly nint _data1;
    private readonly uint _begin;
    private readonly uint _end;
}
