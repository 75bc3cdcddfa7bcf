namespace UringSharp.Tests.Files.FileSystem;

/// <summary>What lies behind a link is touched where that is meant, and nowhere else.</summary>
public sealed class LinksOnTheWayTests : FileTests
{
    [Test]
    public async Task Deleting_a_link_to_a_folder_by_a_path_with_a_slash_empties_nothing()
    {
        Directory.CreateDirectory(Folder["target"]);
        string precious = Folder.File("target/precious", "content"u8);
        File.CreateSymbolicLink(Folder["link"], Folder["target"]);
        File.CreateSymbolicLink(Folder["same"], Folder["target"]);
        Exception? theirs = await Outcome(() => Task.Run(() => Directory.Delete(Folder["same"] + "/", recursive: true)));

        Exception? ours = await Outcome(() => UringFileSystem.DeleteDirectoryAsync(Folder["link"] + "/", recursive: true).AsTask());

        File.Exists(precious).Should().BeTrue();
        ours?.GetType().Should().Be(theirs?.GetType());
        (new FileInfo(Folder["link"]).LinkTarget is null).Should().Be(new FileInfo(Folder["same"]).LinkTarget is null);
    }

    [Test]
    public async Task The_file_that_the_kernel_finds_behind_links_is_replaced([Values] bool isCopy)
    {
        // From c, where linkdir leads, ".." is b; from the path as it is written it would be a.
        Directory.CreateDirectory(Folder["a"]);
        Directory.CreateDirectory(Folder["b/c"]);
        File.CreateSymbolicLink(Folder["a/linkdir"], Folder["b/c"]);
        File.CreateSymbolicLink(Folder["b/c/link"], "../target");
        string meant = Folder.File("b/target", "old"u8);
        string other = Folder.File("a/target", "other"u8);
        string path = Folder["a/linkdir/link"];

        await (isCopy
            ? Ends(UringFileSystem.CopyAsync(Folder.File("source", "new"u8), path, overwrite: true))
            : Ends(UringFileSystem.WriteAllBytesAsync(path, "new"u8.ToArray(), atomic: true)));

        (await File.ReadAllTextAsync(meant)).Should().Be("new");
        (await File.ReadAllTextAsync(other)).Should().Be("other");
    }

    private static async Task<Exception?> Outcome(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
