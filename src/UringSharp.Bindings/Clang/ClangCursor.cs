using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>CXCursor: a place in the syntax tree. Valid as long as its translation unit.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ClangCursor
{
    private readonly ClangCursorKind _kind;
    private readonly int _extra;
    private readonly nint _data0;
    private readonly nint _data1;
    private readonly nint _data2;

    public ClangCursorKind Kind => _kind;

    public bool IsNull => ClangMethods.CursorIsNull(this) != 0;

    public bool IsDefinition => ClangMethods.CursorIsDefinition(this) != 0;

    public bool IsBitField => ClangMethods.CursorIsBitField(this) != 0;

    public bool IsVariadic => ClangMethods.CursorIsVariadic(this) != 0;

    public bool IsFunctionLikeMacro => ClangMethods.CursorIsMacroFunctionLike(this) != 0;

    public bool IsStatic => ClangMethods.CursorStorageClass(this) == ClangMethods.StorageClassStatic;

    public bool IsAnonymous => ClangMethods.CursorIsAnonymous(this) != 0;

    public bool IsInMainFile => ClangMethods.LocationIsFromMainFile(ClangMethods.CursorLocation(this)) != 0;

    public string Name => ClangMethods.CursorSpelling(this).TakeText();

    public string RawComment => ClangMethods.CursorRawComment(this).TakeText();

    public ClangCursor Definition => ClangMethods.CursorDefinition(this);

    public ClangType Type => ClangMethods.CursorType(this);

    public ClangType ResultType => ClangMethods.CursorResultType(this);

    public ClangType UnderlyingType => ClangMethods.TypedefUnderlyingType(this);

    public ClangType EnumIntegerType => ClangMethods.EnumIntegerType(this);

    public long SignedEnumValue => ClangMethods.EnumConstantValue(this);

    public ulong UnsignedEnumValue => ClangMethods.EnumConstantUnsignedValue(this);

    /// <summary>The field's offset in bits from the beginning of its struct.</summary>
    public long OffsetBits => ClangMethods.FieldOffset(this);

    public int Line
    {
        get
        {
            ClangMethods.ExpansionLocation(ClangMethods.CursorLocation(this), out _, out uint line, out _, out _);
            return checked((int)line);
        }
    }

    /// <summary>Where the comment lies; ranges are equal where comments are the same.</summary>
    public ClangSourceRange CommentRange => ClangMethods.CursorCommentRange(this);

    public IReadOnlyList<ClangCursor> Children => ClangChildren.Of(this);
}
