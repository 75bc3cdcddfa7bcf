namespace UringSharp.Bindings.Clang;

/// <summary>The members of CXCursorKind the generator meets; their numbers are the same from libclang 14 on.</summary>
internal enum ClangCursorKind
{
    Struct = 2,
    Union = 3,
    Enum = 5,
    Field = 6,
    EnumConstant = 7,
    Function = 8,
    Variable = 9,
    Parameter = 10,
    Typedef = 20,
    AnnotateAttribute = 406,
    MacroDefinition = 501,
    StaticAssert = 602,
}
