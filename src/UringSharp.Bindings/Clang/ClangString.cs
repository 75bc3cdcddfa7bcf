using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>CXString: a text owned by whoever received it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ClangString
{
    private readonly nint _data;
    private readonly uint _flags;

    /// <summary>Copies the text and frees the original; call it once.</summary>
    public string TakeText()
    {
        string text = Marshal.PtrToStringUTF8(ClangMethods.StringText(this)) ?? "";
        ClangMethods.DisposeString(this);
        return text;
    }
}
