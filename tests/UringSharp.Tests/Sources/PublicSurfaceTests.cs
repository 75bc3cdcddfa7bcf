using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace UringSharp.Tests.Sources;

/// <summary>What the documentation of public members owes whoever calls them. That there is one at all, the compiler sees to (CS1591).</summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] s_argumentExceptions = ["ArgumentException", "ArgumentNullException", "ArgumentOutOfRangeException"];

    [Test]
    public void Each_argument_exception_a_public_member_throws_is_documented()
    {
        string[] missing =
        [
            .. LibrarySource.Files.SelectMany(static file => PublicMembers(file).SelectMany(member => Thrown(member).Except(Documented(member)).Select(exception => $"{file.Path}: {Name(member)} throws {exception}"))),
        ];

        LibrarySource.Files.SelectMany(PublicMembers).Count(static member => Thrown(member).Any()).Should().BeGreaterThan(30, "else nothing was looked at");
        missing.Should().BeEmpty();
    }

    [Test]
    public void No_public_member_shows_a_pointer()
    {
        MemberInfo[] members = [.. typeof(UringContext).Assembly.GetExportedTypes().SelectMany(static type => type.GetMembers(Declared))];

        members.Should().HaveCountGreaterThan(200);
        members.Where(static member => Shown(member).Any(static type => type.IsPointer || type == typeof(nint) || type == typeof(nuint)))
            .Where(static member => member is not ConstructorInfo) // those of FileStream that take a descriptor's number
            .Select(static member => $"{member.DeclaringType}.{member.Name}")
            .Should().BeSubsetOf(["UringSharp.UringFileStream.Handle", "UringSharp.UringFileStream.get_Handle"], "FileStream has that one");
    }

    [Test]
    public void Each_asynchronous_member_takes_a_token_and_takes_it_last()
    {
        MethodInfo[] methods =
        [
            .. typeof(UringContext).Assembly.GetExportedTypes().SelectMany(static type => type.GetMethods(Declared))
                .Where(static method => method.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal) && method.Name != nameof(IAsyncDisposable.DisposeAsync)),
        ];

        methods.Should().HaveCountGreaterThan(30);
        methods.Where(static method => method.GetParameters() is not [.., { ParameterType: var last }] || last != typeof(CancellationToken))
            .Select(static method => $"{method.DeclaringType}.{method.Name}").Should().BeEmpty();
    }

    private static IEnumerable<Type> Shown(MemberInfo member) => member switch
    {
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(static parameter => parameter.ParameterType)],
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        _ => [],
    };

    private static IEnumerable<MemberDeclarationSyntax> PublicMembers(LibrarySource.SourceFile file) => file.Tree.GetRoot().DescendantNodes().OfType<MemberDeclarationSyntax>()
        .Where(static member => member is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax && IsPublic(member))
        .Where(static member => member.Ancestors().OfType<BaseTypeDeclarationSyntax>().All(static type => IsPublic(type)));

    private static bool IsPublic(MemberDeclarationSyntax member) => member.Modifiers.Any(SyntaxKind.PublicKeyword);

    /// <summary>The exceptions of a member's own text, and of what private methods of its file throw for it.</summary>
    private static IEnumerable<string> Thrown(MemberDeclarationSyntax member)
    {
        SyntaxNode[] bodies =
        [
            member, .. member.DescendantNodes().OfType<InvocationExpressionSyntax>().Select(static call => call.Expression).OfType<IdentifierNameSyntax>()
                .SelectMany(name => member.SyntaxTree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
                    .Where(method => method.Identifier.Text == name.Identifier.Text && method.Modifiers.Any(SyntaxKind.PrivateKeyword))),
        ];
        return bodies.SelectMany(static body => body.DescendantNodes()).Select(static node => node switch
        {
            ThrowStatementSyntax { Expression: ObjectCreationExpressionSyntax made } => made.Type.ToString(),
            ThrowExpressionSyntax { Expression: ObjectCreationExpressionSyntax made } => made.Type.ToString(),
            MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax type, Name.Identifier.Text: var called } when called.StartsWith("ThrowIf", StringComparison.Ordinal) => type.ToString(),
            _ => string.Empty,
        }).Where(static name => name.StartsWith("Argument", StringComparison.Ordinal)).Distinct();
    }

    /// <summary>The exceptions its documentation names. One that is taken over from elsewhere is that member's to name.</summary>
    private static IEnumerable<string> Documented(MemberDeclarationSyntax member)
    {
        string text = member.GetLeadingTrivia().ToFullString();
        return text.Contains("<inheritdoc", StringComparison.Ordinal)
            ? s_argumentExceptions
            : s_argumentExceptions.Where(name => text.Contains($"<exception cref=\"{name}\"", StringComparison.Ordinal));
    }

    private static string Name(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        _ => member.Kind().ToString(),
    };
}
