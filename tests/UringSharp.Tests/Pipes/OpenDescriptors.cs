namespace UringSharp.Tests.Pipes;

/// <summary>The descriptors of this process by what they refer to. The runtime opens assemblies when it likes and keeps them; those do not count.</summary>
internal static class OpenDescriptors
{
    /// <summary>How many there are.</summary>
    public static int Count => Targets().Count();

    /// <summary>What they refer to, with numbers of instances.</summary>
    public static string Describe() => string.Join(", ", Targets()
        .Select(target => target.Split(':', '[')[0])
        .GroupBy(target => target, StringComparer.Ordinal)
        .OrderByDescending(group => group.Count())
        .Take(20)
        .Select(group => $"{group.Key} x{group.Count()}"));

    /// <summary>How many refer to a path.</summary>
    public static int CountOf(string path) => Targets().Count(target => target == path);

    private static IEnumerable<string> Targets() => Directory.GetFileSystemEntries("/proc/self/fd")
        .Select(TargetOf)
        .Where(target => target is not null && !target.EndsWith(".dll", StringComparison.Ordinal) && !target.EndsWith(".pdb", StringComparison.Ordinal)
            && !target.EndsWith("/fd", StringComparison.Ordinal))!;

    private static string? TargetOf(string entry)
    {
        try
        {
            return new FileInfo(entry).LinkTarget;
        }
        catch (IOException)
        {
            // Closed since it was listed: the descriptor used for listing, for one.
            return null;
        }
    }
}
