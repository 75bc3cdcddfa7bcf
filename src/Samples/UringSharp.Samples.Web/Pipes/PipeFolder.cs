namespace UringSharp.Samples.Web.Pipes;

/// <summary>The folder of the named pipes, and which of them clients may follow.</summary>
internal sealed class PipeFolder
{
    private readonly HashSet<string> _consumed = [];

    public PipeFolder(string path)
    {
        FullPath = path;
        Directory.CreateDirectory(path);
    }

    public string FullPath { get; }

    /// <summary>Makes sure that there is a pipe. Returns its path.</summary>
    public string Create(string name)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"'{name}' is no name of a pipe: it may not lead into another folder.", nameof(name));
        }

        string path = Path.Combine(FullPath, name);
        if (!NamedPipe.Exists(path))
        {
            NamedPipe.Create(path);
        }

        return path;
    }

    /// <summary>Makes sure that there is a pipe, which the service consumes: a client that followed it would take lines from it. Returns its path.</summary>
    public string Consume(string name)
    {
        _consumed.Add(name);
        return Create(name);
    }

    /// <summary>The path of a pipe that clients may follow; null where there is none of this name.</summary>
    public string? Find(string name)
    {
        string path = Path.Combine(FullPath, name);
        return IsName(name) && !_consumed.Contains(name) && NamedPipe.Exists(path) ? path : null;
    }

    private static bool IsName(string name) => name is not ("" or "." or "..") && Path.GetFileName(name) == name;
}
