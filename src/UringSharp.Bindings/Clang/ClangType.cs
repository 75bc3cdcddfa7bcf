using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>CXType: the type of a cursor. Valid as long as its translation unit.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ClangType
{
    private readonly ClangTypeKind _kind;
    private readonly nint _data0;
    private readonly nint _data1;

    public ClangTypeKind Kind => _kind;

    public string Spelling => ClangMethods.TypeSpelling(this).TakeText();

    public ClangType Canonical => ClangMethods.CanonicalType(this);

    public ClangType Pointee => ClangMethods.PointeeType(this);

    public ClangType Named => ClangMethods.NamedType(this);

    public ClangType Element => ClangMethods.ArrayElementType(this);

    public long ElementCount => ClangMethods.ArraySize(this);

    public ClangCursor Declaration => ClangMethods.TypeDeclaration(this);

    /// <summary>In bytes; negative where C has no size.</summary>
    public long Size => ClangMethods.TypeSize(this);

    /// <summary>In bytes; negative where C has no alignment.</summary>
    public long Alignment => ClangMethods.TypeAlignment(this);
}
