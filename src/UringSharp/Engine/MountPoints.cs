namespace UringSharp.Engine;

/// <summary>The folders that something is mounted in, a single file for example: what lies there may lie on another device than the folder. Read from proc(5), mountinfo.</summary>
internal static class MountPoints
{
    private const long ValidMilliseconds = 1000;

    private static Snapshot s_snapshot = new([], long.MinValue);

    /// <summary>Whether something was mounted in a folder, a second ago at most; also where that cannot be told.</summary>
    internal static bool AreIn(string folder, long now)
    {
        Snapshot snapshot = Volatile.Read(ref s_snapshot);
        if (now >= snapshot.ValidUntil)
        {
            snapshot = new Snapshot(Read(), now + ValidMilliseconds);
            Volatile.Write(ref s_snapshot, snapshot);
        }

        return snapshot.Folders is not { } folders || folders.Contains(folder);
    }

    private static HashSet<string>? Read()
    {
        try
        {
            HashSet<string> folders = new(StringComparer.Ordinal);
            foreach (string line in File.ReadLines("/proc/self/mountinfo"))
            {
                // The fifth field, in which spaces and the like are written as \040.
                string[] fields = line.Split(' ', 6);
                if (fields.Length < 6 || fields[4].Contains('\\', StringComparison.Ordinal))
                {
                    return null;
                }

                folders.Add(Path.GetDirectoryName(fields[4]) ?? "/");
            }

            return folders;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Snapshot(HashSet<string>? Folders, long ValidUntil);
}
