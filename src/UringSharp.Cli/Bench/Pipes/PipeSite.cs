using System.Globalization;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Where a contender has its pipes.</summary>
/// <param name="Folder">The folder. The benchmark deletes it.</param>
/// <param name="Pipes">How many are very many.</param>
internal sealed record PipeSite(string Folder, int Pipes)
{
    /// <summary>How many are many.</summary>
    internal int SomePipes => Some(Pipes);

    /// <summary>A tenth of very many.</summary>
    internal static int Some(int pipes) => pipes / 10;

    /// <summary>Makes a pipe.</summary>
    internal string MakePipe(string name)
    {
        string path = Path.Combine(Folder, name);
        NamedPipe.Create(path);
        return path;
    }

    /// <summary>Makes pipes by the names that the peers expect.</summary>
    internal string[] MakePipes(int count) => [.. Enumerable.Range(0, count).Select(i => MakePipe(i.ToString("D5", CultureInfo.InvariantCulture)))];
}
