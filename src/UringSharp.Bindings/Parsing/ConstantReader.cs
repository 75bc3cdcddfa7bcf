using System.Globalization;
using UringSharp.Bindings.Clang;
using UringSharp.Bindings.Model;

namespace UringSharp.Bindings.Parsing;

/// <summary>Gives macros their values: a second C text includes the header and asks the compiler for each one's type and value.</summary>
internal sealed class ConstantReader(string path, string displayPath, string text, IReadOnlyList<string> arguments)
{
    private const int IntegerResult = 1;

    internal IEnumerable<CConstant> Read(IReadOnlyList<ClangCursor> macros)
    {
        string[] lines = text.Split('\n');
        ClangCursor[] constants = [.. macros.Where(macro => IsConstant(macro, lines[macro.Line - 1]))];
        if (constants.Length == 0)
        {
            return [];
        }

        // Line 1 includes; line n + 2 asks for constant n.
        IEnumerable<string> questions = constants
            .Select((macro, i) => $"static const __typeof__({macro.Name}) constant_{i} = {macro.Name};");
        using var unit = TranslationUnit.Parse(path + ".constants.c", $"#include \"{path}\"\n{string.Join('\n', questions)}\n", arguments);
        int firstBad = unit.Errors().Select(error => error.Line - 2).DefaultIfEmpty(-1).First();
        if (firstBad >= 0)
        {
            throw NotAnInteger(constants[firstBad]);
        }

        ClangCursor[] answers = [.. unit.Root.Children.Where(cursor => cursor.Kind == ClangCursorKind.Variable && cursor.IsInMainFile)];
        return [.. constants.Zip(answers, (macro, answer) => Read(macro, answer, CComment.Before(lines, macro.Line)))];
    }

    /// <summary>Neither a macro with arguments nor an empty one such as the include guard.</summary>
    private static bool IsConstant(ClangCursor macro, string line)
    {
        if (macro.IsFunctionLikeMacro || !macro.Name.StartsWith(Naming.Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        string body = line[(line.IndexOf(macro.Name, StringComparison.Ordinal) + macro.Name.Length)..];
        return body.Trim().Length > 0;
    }

    private CConstant Read(ClangCursor macro, ClangCursor answer, IReadOnlyList<string> documentation)
    {
        nint result = ClangMethods.Evaluate(answer);
        try
        {
            if (result == 0 || ClangMethods.EvaluationKind(result) != IntegerResult)
            {
                throw NotAnInteger(macro);
            }

            bool isUnsigned = ClangMethods.EvaluationIsUnsigned(result) != 0;
            bool isLong = answer.Type.Size > sizeof(int);
            string type = (isUnsigned, isLong) switch
            {
                (false, false) => "int",
                (true, false) => "uint",
                (false, true) => "long",
                (true, true) => "ulong",
            };
            string value = isUnsigned
                ? ClangMethods.EvaluationUnsigned(result).ToString(CultureInfo.InvariantCulture)
                : ClangMethods.EvaluationSigned(result).ToString(CultureInfo.InvariantCulture);
            return new CConstant(macro.Name, type, value, documentation);
        }
        finally
        {
            ClangMethods.DisposeEvaluation(result);
        }
    }

    private HeaderException NotAnInteger(ClangCursor macro) =>
        new($"{displayPath}:{macro.Line}: the macro '{macro.Name}' is not an integer constant");
}
