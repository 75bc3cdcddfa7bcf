namespace UringSharp.Bindings.Clang;

/// <summary>Finds the folder with the compiler's own stddef.h and stdint.h, which libclang does not always find by itself.</summary>
internal static class CompilerHeaders
{
    /// <summary>The folder of the given clang version, else of any clang, else of gcc; null where there is none.</summary>
    internal static string? Find(int clangVersion) =>
        Candidates(clangVersion).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "stddef.h")));

    private static IEnumerable<string> Candidates(int clangVersion)
    {
        string[] prefixes = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];
        IEnumerable<string> llvmFolders = SystemFolders.Matching("/usr/lib", $"llvm*{clangVersion}")
            .Concat(SystemFolders.Matching("/usr/lib", "llvm*"));
        IEnumerable<string> ofClang =
        [
            .. llvmFolders.SelectMany(folder => SystemFolders.Matching(Path.Combine(folder, "lib", "clang"), "*")),
            .. prefixes.SelectMany(prefix => SystemFolders.Matching(Path.Combine(prefix, "clang"), $"{clangVersion}*")),
            .. prefixes.SelectMany(prefix => SystemFolders.Matching(Path.Combine(prefix, "clang"), "*")),
        ];
        IEnumerable<string> ofGcc = prefixes
            .SelectMany(prefix => SystemFolders.Matching(Path.Combine(prefix, "gcc"), "*"))
            .SelectMany(machine => SystemFolders.Matching(machine, "*"));
        return ofClang.Concat(ofGcc).Select(folder => Path.Combine(folder, "include"));
    }
}
