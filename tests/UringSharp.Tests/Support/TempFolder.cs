namespace UringSharp.Tests.Support;

/// <summary>A folder that is gone when the test ends. It lies on the disk beside the repository, or where told.</summary>
internal sealed class TempFolder : IDisposable
{
    public TempFolder(string? parent = null)
    {
        FullPath = Path.Combine(parent ?? Path.GetTempPath(), "uringsharp-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(FullPath);
    }

    public string FullPath { get; }

    /// <summary>A path inside it.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>Creates a FIFO inside it.</summary>
    public string Fifo(string name = "fifo")
    {
        NamedPipe.Create(this[name]);
        return this[name];
    }

    /// <summary>Creates a file inside it.</summary>
    public string File(string name, ReadOnlySpan<byte> content)
    {
        System.IO.File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
