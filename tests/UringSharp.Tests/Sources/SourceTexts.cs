using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace UringSharp.Tests.Sources;

/// <summary>The texts in the library's source, with … for what is put in when it runs.</summary>
internal static class SourceTexts
{
    public const string Gap = "…";

    /// <summary>Every one of the library, those joined with + as one.</summary>
    public static IEnumerable<string> All() =>
        LibrarySource.Files.SelectMany(static file => file.Tree.GetRoot().DescendantNodes(static node => !IsText(node))).Where(IsText).Select(TextOf);

    private static bool IsText(SyntaxNode node) => node is InterpolatedStringExpressionSyntax
        || node.IsKind(SyntaxKind.StringLiteralExpression)
        || (node is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum && (IsText(sum.Left) || IsText(sum.Right)));

    private static string TextOf(SyntaxNode node) => node switch
    {
        LiteralExpressionSyntax literal => literal.Token.ValueText,
        BinaryExpressionSyntax sum => TextOf(sum.Left) + TextOf(sum.Right),
        InterpolatedStringExpressionSyntax text => string.Concat(text.Contents.Select(static part => part is InterpolatedStringTextSyntax words ? words.TextToken.ValueText : Hole(part))),
        _ => Gap,
    };

    // A name of a constant is as good as its text.
    private static string Hole(SyntaxNode part) =>
        part is InterpolationSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Variable" } } ? Constant(part, "Variable")
        : part is InterpolationSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "FileName" } } ? Constant(part, "FileName")
        : Gap;

    private static string Constant(SyntaxNode user, string name) => user.SyntaxTree.GetRoot().DescendantNodes().OfType<VariableDeclaratorSyntax>()
        .Single(variable => variable.Identifier.Text == name).Initializer!.Value is LiteralExpressionSyntax literal ? literal.Token.ValueText : Gap;
}
