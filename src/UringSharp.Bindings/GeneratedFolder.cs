namespace UringSharp.Bindings;

/// <summary>The folder the bindings are kept in.</summary>
internal static class GeneratedFolder
{
    /// <summary>Writes what differs and deletes generated files that are no longer made.</summary>
    internal static void Write(string folder, IReadOnlyDictionary<string, string> files)
    {
        Directory.CreateDirectory(folder);
        foreach (string name in Differences(folder, files))
        {
            string path = Path.Combine(folder, name);
            if (files.TryGetValue(name, out string? text))
            {
                File.WriteAllText(path, text);
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>The names of files that are missing, differ, or should not be there.</summary>
    internal static IReadOnlyList<string> Differences(string folder, IReadOnlyDictionary<string, string> files)
    {
        string[] present = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.cs") : [];
        IEnumerable<string> surplus = present.Select(path => Path.GetFileName(path)).Where(name => !files.ContainsKey(name));
        IEnumerable<string> stale = files.Where(file => !HasText(Path.Combine(folder, file.Key), file.Value)).Select(file => file.Key);
        return [.. surplus.Concat(stale).Order(StringComparer.Ordinal)];
    }

    private static bool HasText(string path, string text) => File.Exists(path) && File.ReadAllText(path) == text;
}
