using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace UringSharp.Tests.Sources;

/// <summary>
/// Each layer knows only those below it: what users call, Engine, Interop, the bindings. Looked up by names in the source, which is what a reviewer sees: a type's name in a file is a reference.
/// </summary>
public sealed class LayerTests
{
    private const int OfUsers = 3;

    /// <summary>Values, switches and reports that every layer speaks in: they lie at the top, or with what uses them most, and do no work.</summary>
    private static readonly string[] s_vocabulary =
    [
        "ContinuationMode", "KernelMask", "PipeReadResult", "PipeWriteCanceledException", "PollEvents", "UringBackend", "UringEventSource", "UringFeature", "UringNotSupportedException",
        "UringStatistics", "UringSupport",
    ];

    /// <summary>What looks upwards all the same, and why.</summary>
    private static readonly (string File, string Type, string Reason)[] s_upwards =
    [
        ("Engine/CompletionPump.Statistics.cs", "UringMetrics", "a ring adds its own figures to the meter of the process"),
        ("Engine/CompletionPump.Leader.cs", "UringMetrics", "a ring that has ended leaves its figures to the meter"),
        ("Engine/CompletionPump.cs", "UringMetrics", "only while somebody listens are queued operations timed"),
        ("Engine/FileHandle.cs", "UringMetrics", "a probe of the page cache is counted where it is made"),
        ("Engine/CompletionPump.cs", "UringContext", "ObjectDisposedException names what the user holds"),
        ("Engine/FileHandle.cs", "UringFile", "ObjectDisposedException names what the user holds"),
        ("Engine/PipeHandle.cs", "UringPipeStream", "ObjectDisposedException names what the user holds"),
        ("Engine/PipeHandle.cs", "UringHandle", "ObjectDisposedException names what the user holds"),
        ("Engine/LoopTimers.cs", "UringLoop", "ObjectDisposedException names what the user holds"),
        ("Engine/CompletionPump.cs", "UringLoop", "UringLoop.Current is asked of the pump whose thread this is"),
        ("Engine/CompletionPump.Loop.cs", "UringLoop", "the pump of a loop is told which one it drives"),
    ];

    /// <summary>Of the folders users call, which may know which.</summary>
    private static readonly (string From, string To)[] s_beside = [("Files", "Pipes")];

    private static readonly Dictionary<string, string> s_folders = LibrarySource.Files
        .SelectMany(static file => file.Tree.GetRoot().DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
            .Where(static type => type.Parent is BaseNamespaceDeclarationSyntax)
            .Select(type => (type.Identifier.Text, file.Folder)))
        .Distinct()
        .ToDictionary(static type => type.Text, static type => type.Folder);

    private static readonly (string File, string From, string Type, string To)[] s_references =
    [
        .. LibrarySource.Files.SelectMany(static file => Names(file.Tree.GetRoot())
            .Where(name => s_folders.TryGetValue(name, out string? folder) && folder != file.Folder)
            .Select(name => (file.Path, file.Folder, name, s_folders[name]))),
    ];

    [Test]
    public void Nothing_refers_to_a_layer_above_its_own()
    {
        s_references.Should().HaveCountGreaterThan(200);
        s_references.Where(static reference => Rank(reference.To) > Rank(reference.From) && !s_vocabulary.Contains(reference.Type))
            .Select(static reference => (reference.File, reference.Type))
            .Should().BeEquivalentTo(s_upwards.Select(static exception => (exception.File, exception.Type)), "these and no others: one that is not needed any more goes from the list");
    }

    [Test]
    public void What_users_call_stands_side_by_side()
    {
        s_references.Where(static reference => Rank(reference.From) == OfUsers && Rank(reference.To) == OfUsers && reference.From.Length > 0 && reference.To.Length > 0)
            .Where(static reference => !s_vocabulary.Contains(reference.Type))
            .Select(static reference => (reference.From, reference.To)).Distinct()
            .Should().BeEquivalentTo(s_beside);
    }

    [Test]
    public void Nothing_of_the_lower_layers_is_public()
    {
        Type[] types = typeof(UringContext).Assembly.GetExportedTypes();

        types.Should().HaveCountGreaterThan(30);
        types.Where(static type => type.Namespace != "UringSharp").Should().BeEmpty();
        types.Where(static type => !type.IsNested && Rank(s_folders[type.Name.Split('`')[0]]) < OfUsers).Should().BeEmpty();
    }

    private static int Rank(string folder) => folder switch
    {
        "Interop" => 1,
        "Engine" => 2,
        _ => OfUsers,
    };

    /// <summary>Names as they are used, but those behind a dot, which are members, and those before a colon or in a list of settings.</summary>
    private static IEnumerable<string> Names(Microsoft.CodeAnalysis.SyntaxNode root) => root.DescendantNodes().OfType<SimpleNameSyntax>()
        .Where(static name => name.Parent is not MemberAccessExpressionSyntax { Name: var member } || member != name)
        .Where(static name => name.Parent is not (NameColonSyntax or NameEqualsSyntax or MemberBindingExpressionSyntax))
        .Where(static name => name.Parent is not AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax, Left: var left } || left != name)
        .Select(static name => name.Identifier.Text)
        .Distinct();
}
