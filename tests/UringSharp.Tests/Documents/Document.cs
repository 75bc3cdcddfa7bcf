using UringSharp.Tests.Support;

namespace UringSharp.Tests.Documents;

/// <summary>The documents people read: README.md, CONTRIBUTING.md and src/UringSharp/docs.</summary>
internal static class Document
{
    /// <summary>Their paths below the repository.</summary>
    public static string[] All { get; } =
    [
        "README.md", "CONTRIBUTING.md",
        .. Directory.GetFiles(Path.Combine(Root, "src/UringSharp/docs"), "*.md").Select(static path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal),
    ];

    private static string Root => NativeHelpers.Recorded("RepositoryRoot");

    public static string FullPath(string path) => Path.Combine(Root, path);

    public static string[] Lines(string path) => File.ReadAllLines(FullPath(path));
}
