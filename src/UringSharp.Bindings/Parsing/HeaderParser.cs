using UringSharp.Bindings.Clang;
using UringSharp.Bindings.Model;

namespace UringSharp.Bindings.Parsing;

/// <summary>Reads a C header into the generator's model, and refuses what has no equivalent there.</summary>
internal sealed class HeaderParser
{
    private const string FastAnnotation = "us_fast";

    private readonly string _path;
    private readonly string _displayPath;
    private readonly string _text;
    private readonly List<CConstant> _constants = [];
    private readonly List<CEnum> _enums = [];
    private readonly Dictionary<string, CStruct> _structs = [];
    private readonly List<CFunction> _functions = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _typedefComments = [];

    private HeaderParser(string path, string displayPath)
    {
        _path = Path.GetFullPath(path);
        _displayPath = displayPath;
        _text = File.ReadAllText(path);
    }

    /// <param name="path">The header.</param>
    /// <param name="displayPath">How messages call it.</param>
    internal static CHeader Parse(string path, string displayPath) => new HeaderParser(path, displayPath).Parse();

    private CHeader Parse()
    {
        IReadOnlyList<string> arguments = ParseArguments.ForThisMachine();
        using var unit = TranslationUnit.Parse(_path, _text, arguments);
        ThrowIfInvalid(unit);
        ClangCursor[] declarations = [.. unit.Root.Children.Where(cursor => cursor.IsInMainFile)];
        foreach (ClangCursor typedef in declarations.Where(cursor => cursor.Kind == ClangCursorKind.Typedef))
        {
            ReadTypedef(typedef);
        }

        foreach (ClangCursor declaration in declarations)
        {
            Read(declaration);
        }

        ClangCursor[] macros = [.. declarations.Where(cursor => cursor.Kind == ClangCursorKind.MacroDefinition)];
        _constants.AddRange(new ConstantReader(_path, _displayPath, _text, arguments).Read(macros));
        return new CHeader(_constants, _enums, [.. _structs.Values], _functions);
    }

    private void ThrowIfInvalid(TranslationUnit unit)
    {
        List<string> errors = [.. unit.Errors().Select(error => error.Text.Replace(_path, _displayPath, StringComparison.Ordinal))];
        if (errors.Exists(error => error.Contains("file not found", StringComparison.Ordinal)))
        {
            errors.Add("on Debian and Ubuntu, the standard headers come with libclang-common-14-dev (or a later one) and libc6-dev");
        }

        if (errors.Count > 0)
        {
            throw new HeaderException(string.Join('\n', errors));
        }
    }

    private void Read(ClangCursor declaration)
    {
        switch (declaration.Kind)
        {
            case ClangCursorKind.Enum:
                ReadEnum(declaration);
                break;
            case ClangCursorKind.Struct:
                ReadStruct(declaration);
                break;
            case ClangCursorKind.Function:
                ReadFunction(declaration);
                break;
            case ClangCursorKind.Union:
                throw Unsupported(declaration, "unions are not supported");
            case ClangCursorKind.Variable:
                throw Unsupported(declaration, $"the variable '{declaration.Name}' is not supported");
            default:
                // Typedefs were read before; macros are read after; inclusions and static assertions declare nothing.
                break;
        }
    }

    private void ReadTypedef(ClangCursor typedef)
    {
        ClangCursor target = typedef.UnderlyingType.Canonical.Declaration;
        if (target.Kind is not (ClangCursorKind.Struct or ClangCursorKind.Enum) || !target.IsInMainFile)
        {
            return;
        }

        if (target.Name != typedef.Name)
        {
            throw Unsupported(typedef, $"the type behind '{typedef.Name}' needs a tag of the same name");
        }

        _typedefComments[typedef.Name] = CComment.Lines(typedef.RawComment);
    }

    private void ReadEnum(ClangCursor declaration)
    {
        RequirePrefix(declaration);
        string underlying = MapType(declaration.EnumIntegerType, declaration);
        bool isUnsigned = underlying.StartsWith('u');
        var members = new List<CEnumMember>();
        ClangSourceRange lastComment = default;
        foreach (ClangCursor child in declaration.Children.Where(child => child.Kind == ClangCursorKind.EnumConstant))
        {
            // To libclang a comma ends nothing: a member without a comment answers with its predecessor's.
            bool ownsComment = child.CommentRange != lastComment;
            lastComment = child.CommentRange;
            members.Add(new CEnumMember(
                RequirePrefix(child),
                isUnsigned ? child.UnsignedEnumValue : child.SignedEnumValue,
                ownsComment ? CComment.Lines(child.RawComment) : []));
        }

        _enums.Add(new CEnum(declaration.Name, underlying, TypeComment(declaration), members));
    }

    private void ReadStruct(ClangCursor declaration)
    {
        RequirePrefix(declaration);
        if (declaration.IsDefinition)
        {
            _structs[declaration.Name] = ReadStructDefinition(declaration);
        }
        else if (declaration.Definition.IsNull)
        {
            _structs[declaration.Name] = new CStruct(declaration.Name, 0, TypeComment(declaration), []);
        }
    }

    private CStruct ReadStructDefinition(ClangCursor declaration)
    {
        var fields = new List<CField>();
        long naturalAlignment = 1;
        foreach (ClangCursor child in declaration.Children)
        {
            switch (child.Kind)
            {
                case ClangCursorKind.Field:
                    fields.Add(ReadField(child));
                    naturalAlignment = Math.Max(naturalAlignment, child.Type.Alignment);
                    break;
                case ClangCursorKind.Union:
                    throw Unsupported(child, "unions are not supported");
                case ClangCursorKind.Struct or ClangCursorKind.Enum:
                    throw Unsupported(child, "nested types are not supported: declare the type on its own");
                default:
                    break;
            }
        }

        if (fields.Count == 0)
        {
            throw Unsupported(declaration, $"'{declaration.Name}' has no fields");
        }

        return declaration.Type.Alignment == naturalAlignment
            ? new CStruct(declaration.Name, declaration.Type.Size, TypeComment(declaration), fields)
            : throw Unsupported(declaration, $"'{declaration.Name}' is packed or aligned by an attribute, which is not supported");
    }

    private CField ReadField(ClangCursor field)
    {
        if (field.IsBitField)
        {
            throw Unsupported(field, $"the bit-field '{field.Name}' is not supported");
        }

        ClangType type = field.Type;
        long? count = null;
        if (type.Canonical.Kind == ClangTypeKind.IncompleteArray)
        {
            throw Unsupported(field, $"the flexible array '{field.Name}' is not supported");
        }

        if (type.Kind == ClangTypeKind.ConstantArray)
        {
            count = type.ElementCount;
            type = type.Element;
            if (type.Canonical.Kind is ClangTypeKind.Pointer or ClangTypeKind.Record or ClangTypeKind.Enum or ClangTypeKind.ConstantArray)
            {
                throw Unsupported(field, $"'{field.Name}' is an array of '{type.Spelling}': only arrays of numbers are supported");
            }
        }

        return new CField(field.Name, MapType(type, field), count, field.OffsetBits / 8, CComment.Lines(field.RawComment));
    }

    private void ReadFunction(ClangCursor function)
    {
        RequirePrefix(function);
        if (function.IsStatic || function.IsDefinition)
        {
            throw Unsupported(function, $"'{function.Name}' is defined in the header, so no library exports it");
        }

        if (function.IsVariadic || function.Type.Canonical.Kind == ClangTypeKind.FunctionWithoutPrototype)
        {
            throw Unsupported(function, $"'{function.Name}' is variadic or has no prototype, which is not supported");
        }

        IReadOnlyList<ClangCursor> children = function.Children;
        string returnType = MapType(function.ResultType, function);
        IEnumerable<CParameter> parameters = children.Where(child => child.Kind == ClangCursorKind.Parameter).Select(ReadParameter);
        bool isFast = children.Any(child => child.Kind == ClangCursorKind.AnnotateAttribute && child.Name == FastAnnotation);
        _functions.Add(new CFunction(function.Name, returnType, [.. parameters], isFast, CComment.Lines(function.RawComment)));
    }

    private CParameter ReadParameter(ClangCursor parameter) => parameter.Name.Length > 0
        ? new CParameter(parameter.Name, MapType(parameter.Type, parameter))
        : throw Unsupported(parameter, "a parameter without a name is not supported");

    private IReadOnlyList<string> TypeComment(ClangCursor declaration)
    {
        IReadOnlyList<string> own = CComment.Lines(declaration.RawComment);
        return own.Count > 0 ? own : _typedefComments.GetValueOrDefault(declaration.Name, []);
    }

    private string MapType(ClangType type, ClangCursor user) =>
        TypeMapper.TryMap(type, out string reason) ?? throw Unsupported(user, reason);

    private string RequirePrefix(ClangCursor declaration) =>
        !declaration.IsAnonymous && declaration.Name.StartsWith(Naming.Prefix, StringComparison.OrdinalIgnoreCase)
            ? declaration.Name
            : throw Unsupported(declaration, $"'{declaration.Name}' does not begin with '{Naming.Prefix}'");

    private HeaderException Unsupported(ClangCursor cursor, string reason) => new($"{_displayPath}:{cursor.Line}: {reason}");
}
