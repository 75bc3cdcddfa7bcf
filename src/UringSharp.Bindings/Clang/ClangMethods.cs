using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>The functions of libclang's C API the generator needs (clang-c/Index.h, clang-c/CXString.h).</summary>
/// <remarks>Every type that uses them reaches them through <see cref="LibClang"/>, which has loaded the library by then.</remarks>
internal static partial class ClangMethods
{
    internal const int StorageClassStatic = 3;

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getClangVersion")]
    internal static partial ClangString ClangVersion();

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getCString")]
    internal static partial nint StringText(ClangString text);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_disposeString")]
    internal static partial void DisposeString(ClangString text);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_createIndex")]
    internal static partial nint CreateIndex(int excludeDeclarationsFromPch, int displayDiagnostics);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_disposeIndex")]
    internal static partial void DisposeIndex(nint index);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_parseTranslationUnit2", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ParseTranslationUnit(
        nint index,
        string sourceFile,
        string[] arguments,
        int argumentCount,
        ref ClangUnsavedFile unsavedFiles,
        uint unsavedFileCount,
        uint options,
        out nint unit);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_disposeTranslationUnit")]
    internal static partial void DisposeTranslationUnit(nint unit);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getTranslationUnitCursor")]
    internal static partial ClangCursor TranslationUnitCursor(nint unit);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getNumDiagnostics")]
    internal static partial uint DiagnosticCount(nint unit);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getDiagnostic")]
    internal static partial nint Diagnostic(nint unit, uint index);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_disposeDiagnostic")]
    internal static partial void DisposeDiagnostic(nint diagnostic);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getDiagnosticSeverity")]
    internal static partial int DiagnosticSeverity(nint diagnostic);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getDiagnosticLocation")]
    internal static partial ClangSourceLocation DiagnosticLocation(nint diagnostic);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_formatDiagnostic")]
    internal static partial ClangString FormatDiagnostic(nint diagnostic, uint options);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_defaultDiagnosticDisplayOptions")]
    internal static partial uint DefaultDiagnosticDisplayOptions();

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getExpansionLocation")]
    internal static partial void ExpansionLocation(
        ClangSourceLocation location, out nint file, out uint line, out uint column, out uint offset);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Location_isFromMainFile")]
    internal static partial int LocationIsFromMainFile(ClangSourceLocation location);

    // SAFETY: the visitor must have the signature of CXCursorVisitor; it is called during the call alone.
    [LibraryImport(LibClang.Name, EntryPoint = "clang_visitChildren")]
    internal static unsafe partial uint VisitChildren(
        ClangCursor parent, delegate* unmanaged[Cdecl]<ClangCursor, ClangCursor, nint, uint> visitor, nint data);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_isNull")]
    internal static partial int CursorIsNull(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_isCursorDefinition")]
    internal static partial uint CursorIsDefinition(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_isBitField")]
    internal static partial uint CursorIsBitField(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_isVariadic")]
    internal static partial uint CursorIsVariadic(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_isMacroFunctionLike")]
    internal static partial uint CursorIsMacroFunctionLike(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_isAnonymous")]
    internal static partial uint CursorIsAnonymous(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_getStorageClass")]
    internal static partial int CursorStorageClass(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getCursorSpelling")]
    internal static partial ClangString CursorSpelling(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_getRawCommentText")]
    internal static partial ClangString CursorRawComment(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getCursorDefinition")]
    internal static partial ClangCursor CursorDefinition(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getCursorLocation")]
    internal static partial ClangSourceLocation CursorLocation(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_getCommentRange")]
    internal static partial ClangSourceRange CursorCommentRange(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getCursorType")]
    internal static partial ClangType CursorType(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getCursorResultType")]
    internal static partial ClangType CursorResultType(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getTypedefDeclUnderlyingType")]
    internal static partial ClangType TypedefUnderlyingType(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getEnumDeclIntegerType")]
    internal static partial ClangType EnumIntegerType(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getEnumConstantDeclValue")]
    internal static partial long EnumConstantValue(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getEnumConstantDeclUnsignedValue")]
    internal static partial ulong EnumConstantUnsignedValue(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_getOffsetOfField")]
    internal static partial long FieldOffset(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getTypeSpelling")]
    internal static partial ClangString TypeSpelling(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getCanonicalType")]
    internal static partial ClangType CanonicalType(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getPointeeType")]
    internal static partial ClangType PointeeType(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Type_getNamedType")]
    internal static partial ClangType NamedType(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getArrayElementType")]
    internal static partial ClangType ArrayElementType(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getArraySize")]
    internal static partial long ArraySize(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_getTypeDeclaration")]
    internal static partial ClangCursor TypeDeclaration(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Type_getSizeOf")]
    internal static partial long TypeSize(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Type_getAlignOf")]
    internal static partial long TypeAlignment(ClangType type);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_Cursor_Evaluate")]
    internal static partial nint Evaluate(ClangCursor cursor);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_EvalResult_getKind")]
    internal static partial int EvaluationKind(nint result);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_EvalResult_isUnsignedInt")]
    internal static partial uint EvaluationIsUnsigned(nint result);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_EvalResult_getAsUnsigned")]
    internal static partial ulong EvaluationUnsigned(nint result);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_EvalResult_getAsLongLong")]
    internal static partial long EvaluationSigned(nint result);

    [LibraryImport(LibClang.Name, EntryPoint = "clang_EvalResult_dispose")]
    internal static partial void DisposeEvaluation(nint result);
}
