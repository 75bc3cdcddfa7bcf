namespace UringSharp.Tests.Files.FileSystem;

/// <summary>What the tests of <see cref="UringFileSystem"/> share: the same done to two folders, once by System.IO and once by UringSharp.</summary>
public abstract class FileSystemTests : FileTests
{
    /// <summary>
    /// Does the same in two folders that were filled alike, and compares how it ended, the message without the folder's name, and what is there afterwards.
    /// </summary>
    private protected async Task Compare(Action<string> fill, Action<string> byTheBcl, Func<string, Task> byUs)
    {
        string theirs = Directory.CreateDirectory(Folder["theirs"]).FullName;
        string ours = Directory.CreateDirectory(Folder["ours!!"]).FullName;
        fill(theirs);
        fill(ours);
        string theirEnd = await Outcome(theirs, folder =>
        {
            byTheBcl(folder);
            return Task.CompletedTask;
        });
        string ourEnd = await Outcome(ours, byUs);
        ourEnd.Should().Be(theirEnd);
        Listing(ours).Should().Be(Listing(theirs));
    }

    private static async Task<string> Outcome(string folder, Func<string, Task> action)
    {
        try
        {
            await action(folder).WaitAsync(Support.Eventually.Deadline);
            return "done";
        }
        catch (Exception e)
        {
            string inner = e.InnerException is { } cause ? $" ({cause.GetType().Name} {cause.HResult} {cause.Message})" : string.Empty;
            string file = e is FileNotFoundException missing ? $" {missing.FileName}" : string.Empty;
            return $"{e.GetType().Name} {e.HResult} {e.Message}{inner}{file}".Replace(folder, "FOLDER", StringComparison.Ordinal);
        }
    }

    private static string Listing(string folder) => string.Join(
        '\n',
        Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path =>
        {
            FileInfo info = new(path);
            string content = info.LinkTarget is { } target ? $"-> {target}"
                : info.Attributes.HasFlag(FileAttributes.Directory) ? "folder"
                : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
            return $"{path} {info.UnixFileMode} {content}".Replace(folder, "FOLDER", StringComparison.Ordinal);
        }));
}
