using UringSharp.Bindings.Clang;

namespace UringSharp.Bindings;

/// <summary>Makes the C# bindings of the native library from its header.</summary>
internal static class Program
{
    private const int Success = 0;
    private const int Drift = 1;
    private const int BadInput = 2;
    private const int NoLibClang = 3;

    private const string Usage = """
        Usage: UringSharp.Bindings [--check] HEADER OUTPUT_FOLDER

        Reads a C header with libclang and writes C# bindings to the folder.
        --check writes nothing: it names the files that differ from the header.

        Exit code: 0 done, 1 the files differ (--check), 2 wrong usage or a header it cannot translate, 3 no libclang.
        """;

    private static int Main(string[] arguments)
    {
        bool check = arguments.Contains("--check");
        string[] paths = [.. arguments.Where(argument => argument != "--check")];
        if (paths.Length != 2 || paths.Any(path => path.StartsWith('-')))
        {
            Console.Error.WriteLine(Usage);
            return BadInput;
        }

        if (!LibClang.IsAvailable(out string reason))
        {
            Console.Error.WriteLine($"error: {reason}");
            return NoLibClang;
        }

        try
        {
            return Run(Path.GetFullPath(paths[0]), Path.TrimEndingDirectorySeparator(Path.GetFullPath(paths[1])), check);
        }
        catch (Exception e) when (e is HeaderException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return BadInput;
        }
    }

    private static int Run(string header, string folder, bool check)
    {
        // The folder lies at the top of the repository, so paths counted from its parent read the same on every machine.
        string displayPath = Path.GetRelativePath(Path.GetDirectoryName(folder) ?? "/", header);
        IReadOnlyDictionary<string, string> files = BindingsGenerator.Generate(header, displayPath);
        if (!check)
        {
            GeneratedFolder.Write(folder, files);
            return Success;
        }

        IReadOnlyList<string> differences = GeneratedFolder.Differences(folder, files);
        foreach (string name in differences)
        {
            Console.Error.WriteLine($"differs from {displayPath}: {Path.Combine(folder, name)}");
        }

        return differences.Count == 0 ? Success : Drift;
    }
}
