using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Sources;

/// <summary>The source of src/UringSharp, parsed once.</summary>
internal static class LibrarySource
{
    private static readonly Lazy<SourceFile[]> s_files = new(static () =>
    {
        string folder = Path.Combine(NativeHelpers.Recorded("RepositoryRoot"), "src/UringSharp");
        return [.. Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path =>
            new SourceFile(Path.GetRelativePath(folder, path), CSharpSyntaxTree.ParseText(File.ReadAllText(path), new CSharpParseOptions(LanguageVersion.Latest))))];
    });

    public static SourceFile[] Files => s_files.Value;

    internal sealed record SourceFile(string Path, SyntaxTree Tree)
    {
        /// <summary>The first folder on its path; empty for what lies at the top.</summary>
        public string Folder => System.IO.Path.GetDirectoryName(Path)!.Split('/')[0];
    }
}
