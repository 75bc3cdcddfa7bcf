namespace UringSharp.TestChild.Verbs;

/// <summary>Does the same in two folders that are alike, by System.IO in the first and by UringFileSystem in the second; prints how each ended, and where they differ.</summary>
internal static class FileSystemDifferences
{
    public static async Task RunAsync(string[] arguments)
    {
        await Compare("stat", f => File.GetUnixFileMode(f + "/closed/file"), async f => await UringFileSystem.StatAsync(f + "/closed/file"));
        await Compare("exists", f => Exists(Path.Exists(f + "/closed/file")), async f => Exists(await UringFileSystem.ExistsAsync(f + "/closed/file")));
        await Compare("delete", f => File.Delete(f + "/fixed/file"), async f => await UringFileSystem.DeleteAsync(f + "/fixed/file"));
        await Compare("move", f => File.Move(f + "/fixed/file", f + "/moved"), async f => await UringFileSystem.MoveAsync(f + "/fixed/file", f + "/moved"));
        await Compare("copy secret", f => File.Copy(f + "/secret", f + "/copy"), async f => await UringFileSystem.CopyAsync(f + "/secret", f + "/copy"));
        await Compare("copy into fixed", f => File.Copy(f + "/open", f + "/fixed/copy"), async f => await UringFileSystem.CopyAsync(f + "/open", f + "/fixed/copy"));
        await Compare("copy over read-only", f => File.Copy(f + "/open", f + "/read-only", true), async f => await UringFileSystem.CopyAsync(f + "/open", f + "/read-only", true));
        await Compare("write", f => File.WriteAllBytes(f + "/read-only", [1]), async f => await UringFileSystem.WriteAllBytesAsync(f + "/read-only", new byte[] { 1 }));
        await Compare("write atomically", f => File.WriteAllBytes(f + "/read-only", [1]), async f => await UringFileSystem.WriteAllBytesAsync(f + "/read-only", new byte[] { 1 }, atomic: true));
        await Compare("write in place", f => File.WriteAllBytes(f + "/fixed/file", [1]), async f => await UringFileSystem.WriteAllBytesAsync(f + "/fixed/file", new byte[] { 1 }, atomic: true));
        await Compare("copy in place", f => File.Copy(f + "/open", f + "/fixed/file", true), async f => await UringFileSystem.CopyAsync(f + "/open", f + "/fixed/file", true));
        await Compare("read", f => File.ReadAllBytes(f + "/secret"), async f => await UringFileSystem.ReadAllBytesAsync(f + "/secret"));
        await Compare("list", f => Directory.GetFileSystemEntries(f + "/closed"), async f => await List(f + "/closed"));
        await Compare("create folder", f => Directory.CreateDirectory(f + "/fixed/a/b"), async f => await UringFileSystem.CreateDirectoryAsync(f + "/fixed/a/b"));
        await Compare("delete folder", f => Directory.Delete(f + "/fixed", true), async f => await UringFileSystem.DeleteDirectoryAsync(f + "/fixed", true));
        await Compare("delete closed folder", f => Directory.Delete(f + "/closed", true), async f => await UringFileSystem.DeleteDirectoryAsync(f + "/closed", true));
        await Compare("mode", f => File.SetUnixFileMode(f + "/open", UnixFileMode.UserRead), async f => await UringFileSystem.SetModeAsync(f + "/open", UnixFileMode.UserRead));
        await Compare("times", f => File.SetLastWriteTimeUtc(f + "/read-only", DateTime.UnixEpoch), async f => await UringFileSystem.SetTimesAsync(f + "/read-only", null, DateTimeOffset.UnixEpoch));

        async Task Compare(string name, Action<string> byTheBcl, Func<string, Task> byUs)
        {
            string theirs = await OutcomeAsync(arguments[0], folder =>
            {
                byTheBcl(folder);
                return Task.CompletedTask;
            });
            string ours = await OutcomeAsync(arguments[1], byUs);
            Report.Line("outcome", $"{name}: {ours}");
            if (ours != theirs)
            {
                Report.Line("difference", $"{name}: expected {theirs}, was {ours}");
            }
        }
    }

    private static async Task<string> OutcomeAsync(string folder, Func<string, Task> action)
    {
        try
        {
            await action(folder);
            return "done";
        }
        catch (Exception e)
        {
            return $"{Report.Describe(e)} ({e.InnerException?.HResult})".Replace(folder, "<folder>", StringComparison.Ordinal);
        }
    }

    private static void Exists(bool answer)
    {
        if (!answer)
        {
            throw new IOException("it does not exist");
        }
    }

    private static async Task List(string path)
    {
        await foreach (UringDirectoryEntry entry in UringFileSystem.EnumerateAsync(path))
        {
            _ = entry;
        }
    }
}
