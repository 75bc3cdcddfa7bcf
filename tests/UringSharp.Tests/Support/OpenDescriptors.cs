namespace UringSharp.Tests.Support;

/// <summary>What a process has open, by path: tells a leaked descriptor from one that another thread has just opened.</summary>
internal static class OpenDescriptors
{
    /// <summary>How many descriptors of a process refer to a path, or to something below it.</summary>
    public static int Of(string path, int? process = null)
    {
        string folder = process is null ? "/proc/self/fd" : $"/proc/{process}/fd";
        return Directory.GetFileSystemEntries(folder).Count(entry =>
            Target(entry) is { } target && target.StartsWith(path, StringComparison.Ordinal)
            && (target.Length == path.Length || target[path.Length] is '/' or ' '));
    }

    /// <summary>Waits until nothing of the path is open any more.</summary>
    public static Task AreGone(string path) => Eventually.Holds(() => Of(path) == 0, () => $"{Of(path)} descriptors of {path} are open");

    private static string? Target(string entry)
    {
        try
        {
            return new FileInfo(entry).LinkTarget;
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return null;
        }
    }
}
