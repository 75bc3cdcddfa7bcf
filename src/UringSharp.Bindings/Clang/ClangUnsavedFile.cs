using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>CXUnsavedFile: a file that exists in memory alone.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ClangUnsavedFile
{
    public nint FileName;
    public nint Contents;
    public CULong Length;
}
