using System.IO.Enumeration;

namespace UringSharp.Cli.Bench;

/// <summary>The rows that globs name.</summary>
/// <param name="Names">Their names, in their own order.</param>
/// <param name="Unknown">Globs that name none.</param>
internal sealed record RowSelection(IReadOnlyList<string> Names, IReadOnlyList<string> Unknown)
{
    /// <summary>Chooses by globs, separated by commas, in which * stands for any letters and ? for one.</summary>
    internal static RowSelection Of(string globs, IReadOnlyList<string> names)
    {
        string[] all = globs.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new RowSelection(
            [.. names.Where(name => Array.Exists(all, glob => Matches(glob, name)))],
            all.Length == 0 ? [globs] : [.. all.Where(glob => !names.Any(name => Matches(glob, name)))]);
    }

    private static bool Matches(string glob, string name) => FileSystemName.MatchesSimpleExpression(glob, name);
}
