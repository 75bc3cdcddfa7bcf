using System.Collections.Frozen;
using UringSharp.Bindings.Clang;

namespace UringSharp.Bindings.Parsing;

/// <summary>Translates C types to blittable C# types of the same size on every architecture.</summary>
internal static class TypeMapper
{
    private static readonly FrozenDictionary<string, string> s_typedefs = new Dictionary<string, string>
    {
        ["int8_t"] = "sbyte",
        ["uint8_t"] = "byte",
        ["int16_t"] = "short",
        ["uint16_t"] = "ushort",
        ["int32_t"] = "int",
        ["uint32_t"] = "uint",
        ["int64_t"] = "long",
        ["uint64_t"] = "ulong",
        ["size_t"] = "nuint",
        ["uintptr_t"] = "nuint",
        ["ssize_t"] = "nint",
        ["intptr_t"] = "nint",
        ["ptrdiff_t"] = "nint",
    }.ToFrozenDictionary();

    /// <summary>The C# type, or null with the reason why there is none.</summary>
    internal static string? TryMap(ClangType type, out string reason)
    {
        reason = "";
        switch (type.Kind)
        {
            case ClangTypeKind.Elaborated:
                return TryMap(type.Named, out reason);
            case ClangTypeKind.Typedef:
                ClangCursor typedef = type.Declaration;
                return s_typedefs.TryGetValue(typedef.Name, out string? mapped) ? mapped : TryMap(typedef.UnderlyingType, out reason);
            case ClangTypeKind.Pointer:
                return TryMapPointer(type.Pointee, out reason);
            case ClangTypeKind.Record when type.Declaration.Kind == ClangCursorKind.Struct:
            case ClangTypeKind.Enum:
                return TryMapDeclared(type.Declaration, out reason);
            default:
                string? primitive = TryMapPrimitive(type.Kind);
                reason = primitive is null ? $"the type '{type.Spelling}' is not supported" : "";
                return primitive;
        }
    }

    private static string? TryMapPrimitive(ClangTypeKind kind) => kind switch
    {
        ClangTypeKind.Void => "void",
        ClangTypeKind.SChar => "sbyte",
        ClangTypeKind.CharSigned or ClangTypeKind.CharUnsigned or ClangTypeKind.UChar => "byte",
        ClangTypeKind.Short => "short",
        ClangTypeKind.UShort => "ushort",
        ClangTypeKind.Int => "int",
        ClangTypeKind.UInt => "uint",
        ClangTypeKind.LongLong => "long",
        ClangTypeKind.ULongLong => "ulong",
        ClangTypeKind.Float => "float",
        ClangTypeKind.Double => "double",
        // long and unsigned long have another size on other architectures, and so have no C# type.
        _ => null,
    };

    private static string? TryMapPointer(ClangType pointee, out string reason)
    {
        if (pointee.Canonical.Kind is ClangTypeKind.FunctionWithPrototype or ClangTypeKind.FunctionWithoutPrototype)
        {
            reason = "function pointers are not supported";
            return null;
        }

        string? target = TryMap(pointee, out reason);
        return target is null ? null : target + "*";
    }

    private static string? TryMapDeclared(ClangCursor declaration, out string reason)
    {
        bool named = declaration.Name.StartsWith(Naming.Prefix, StringComparison.Ordinal);
        reason = named ? "" : $"the type '{declaration.Name}' has no name beginning with '{Naming.Prefix}'";
        return named ? Naming.Type(declaration.Name) : null;
    }
}
