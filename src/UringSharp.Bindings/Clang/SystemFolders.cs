namespace UringSharp.Bindings.Clang;

/// <summary>Lists what folders hold that may be missing themselves. The order is stable, and newer versions mostly come first.</summary>
internal static class SystemFolders
{
    internal static IEnumerable<string> Matching(string parent, string pattern) =>
        Directory.Exists(parent) ? Directory.GetDirectories(parent, pattern).OrderDescending(StringComparer.Ordinal) : [];

    internal static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, pattern).OrderDescending(StringComparer.Ordinal) : [];
}
