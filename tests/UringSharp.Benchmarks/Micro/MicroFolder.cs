namespace UringSharp.Benchmarks.Micro;

/// <summary>Where benchmarks make their files. BenchmarkDotNet makes their objects, and tells them nothing.</summary>
internal static class MicroFolder
{
    internal static string Path { get; set; } = System.IO.Path.GetTempPath();

    /// <summary>The path of a file of a given length, new or from before.</summary>
    internal static string File(string name, int length)
    {
        string path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllBytes(path, new byte[length]);
        return path;
    }
}
