namespace UringSharp.Bindings.Clang;

/// <summary>The members of CXTypeKind the generator meets; their numbers are the same from libclang 14 on.</summary>
internal enum ClangTypeKind
{
    Void = 2,
    CharUnsigned = 4,
    UChar = 5,
    UShort = 8,
    UInt = 9,
    ULong = 10,
    ULongLong = 11,
    CharSigned = 13,
    SChar = 14,
    Short = 16,
    Int = 17,
    Long = 18,
    LongLong = 19,
    Float = 21,
    Double = 22,
    Pointer = 101,
    Record = 105,
    Enum = 106,
    Typedef = 107,
    FunctionWithoutPrototype = 110,
    FunctionWithPrototype = 111,
    ConstantArray = 112,
    IncompleteArray = 114,
    Elaborated = 119,
}
