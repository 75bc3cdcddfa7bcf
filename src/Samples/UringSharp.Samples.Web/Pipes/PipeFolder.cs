namespace UringSharp.Samples.Web.Pipes;

/// <summary>The folder of the named pipes that clients may follow, and no other.</summary>
internal sealed class PipeFolder
{
    public PipeFolder(string path)
    {
        FullPath = path;
        Directory.CreateDirectory(path);
    }

    public string FullPath { get; }

    /// <summary>Makes sure that there is a pipe.</summary>
    public void Create(string name)
    {
        if (Find(name) is null)
        {
            NamedPipe.Create(Path.Combine(FullPath, name));
        }
    }

    /// <summary>The path of a pipe; null where there is none of this name.</summary>
    public string? Find(string name)
    {
        string path = Path.Combine(FullPath, name);
        return Path.GetFileName(path) == name && NamedPipe.Exists(path) ? path : null;
    }
}
