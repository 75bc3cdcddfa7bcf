namespace UringSharp.Tests.Bindings;

/// <summary>A header in a folder of its own, for as long as a test runs.</summary>
internal sealed class TemporaryHeader : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uringsharp-header-").FullName;

    public TemporaryHeader(string text) => File.WriteAllText(Path, text);

    public string Path => System.IO.Path.Combine(_folder, "test.h");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
