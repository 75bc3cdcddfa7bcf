using System.IO.Compression;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Packages;

/// <summary>What <c>./build.sh pack</c> has made, which <c>./build.sh test</c> calls first. A test that is run without it skips aloud.</summary>
internal static class PackedFiles
{
    /// <summary>Where the packages lie: a source for NuGet.</summary>
    public static string Folder => Path.Combine(NativeHelpers.Recorded("RepositoryRoot"), "artifacts", "packages");

    /// <summary>The version of the packages: of one at least as new as the library that was built.</summary>
    public static string Version => Path.GetFileNameWithoutExtension(Find("UringSharp", "nupkg"))["UringSharp.".Length..];

    /// <summary>Opens a package.</summary>
    public static ZipArchive Open(string id, string extension = "nupkg") => ZipFile.OpenRead(Find(id, extension));

    /// <summary>What is in a package, without the files of the container's own format.</summary>
    public static string[] Entries(ZipArchive package) =>
        [.. package.Entries.Select(static entry => entry.FullName).Where(static name => name != "[Content_Types].xml" && !name.StartsWith("_rels/", StringComparison.Ordinal)
            && !name.StartsWith("package/services/", StringComparison.Ordinal))];

    public static byte[] Read(ZipArchive package, string name)
    {
        using Stream stream = package.GetEntry(name)!.Open();
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static string Find(string id, string extension)
    {
        string[] found = Directory.Exists(Folder)
            ? [.. Directory.GetFiles(Folder, $"{id}.*.{extension}").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[id.Length + 1]))]
            : [];
        if (found.Length != 1)
        {
            Skip.Aloud($"there is no package {id} in {Folder}: run ./build.sh pack");
        }

        return found[0];
    }
}
