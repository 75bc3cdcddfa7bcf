using System.Runtime.InteropServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.FileSystem;

/// <summary>Folders: creating, deleting, listing.</summary>
public sealed partial class FolderTests : FileSystemTests
{
    [TestCase("new")]
    [TestCase("new/")]
    [TestCase("a/b/c/d")]
    [TestCase("folder")]
    [TestCase("file")]
    [TestCase("file/below")]
    [TestCase("folder/../x/y")]
    public Task A_folder_is_created_as_Directory_CreateDirectory_does(string name) => Compare(
        Fill, folder => Directory.CreateDirectory(Path.Join(folder, name)), async folder => await UringFileSystem.CreateDirectoryAsync(Path.Join(folder, name)));

    [Test]
    public async Task A_folder_gets_the_mode_asked_for()
    {
        await Ends(UringFileSystem.CreateDirectoryAsync(Folder["a/b"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        File.GetUnixFileMode(Folder["a/b"]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ((Action)(() => { _ = UringFileSystem.CreateDirectoryAsync("x", (UnixFileMode)0x1000).AsTask(); })).Should().Throw<ArgumentException>().WithParameterName("mode");
    }

    [TestCase("empty", false)]
    [TestCase("empty", true)]
    [TestCase("folder", false)]
    [TestCase("folder", true)]
    [TestCase("folder/", true)]
    [TestCase("missing", false)]
    [TestCase("missing", true)]
    [TestCase("missing/folder", true)]
    [TestCase("file", false)]
    [TestCase("file", true)]
    [TestCase("link", false)]
    [TestCase("link", true)]
    [TestCase("dangling", true)]
    public Task A_folder_is_deleted_as_Directory_Delete_does(string name, bool recursive) => Compare(
        Fill,
        folder => Directory.Delete(Path.Join(folder, name), recursive),
        async folder => await UringFileSystem.DeleteDirectoryAsync(Path.Join(folder, name), recursive));

    [Test]
    public async Task Deleting_a_folder_leaves_alone_what_links_in_it_lead_to()
    {
        Fill(Folder.FullPath);
        File.CreateSymbolicLink(Folder["empty/link"], Folder["folder"]);
        await Ends(UringFileSystem.DeleteDirectoryAsync(Folder["empty"], recursive: true));
        File.Exists(Folder["folder/sub/deep"]).Should().BeTrue();
    }

    [Test]
    public async Task A_folder_as_deep_as_a_path_can_be_is_deleted()
    {
        string path = Folder["deep"];
        while (path.Length < 4080)
        {
            path += "/d";
        }

        Directory.CreateDirectory(path);
        await Ends(UringFileSystem.DeleteDirectoryAsync(Folder["deep"], recursive: true));
        Path.Exists(Folder["deep"]).Should().BeFalse();
    }

    [Test]
    public async Task Names_that_are_not_UTF_8_are_listed_and_deleted()
    {
        Directory.CreateDirectory(Folder["odd"]);
        Touch([.. System.Text.Encoding.UTF8.GetBytes(Folder["odd"]), .. "/a"u8, 0xFF, 0xFE, 0]).Should().BeGreaterThanOrEqualTo(0);
        List<UringDirectoryEntry> entries = await List(Folder["odd"]);
        entries.Should().ContainSingle().Which.Name.Should().StartWith("a\uFFFD");
        entries[0].Type.Should().Be(UringFileType.File);
        await Ends(UringFileSystem.DeleteDirectoryAsync(Folder["odd"], recursive: true));
        Path.Exists(Folder["odd"]).Should().BeFalse();
    }

    [Test]
    public async Task A_cancelled_deletion_stops()
    {
        string path = Folder["many"];
        for (int i = 0; i < 3000; i++)
        {
            Directory.CreateDirectory(Path.Join(path, $"{i}"));
        }

        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(1));
        Exception? failure = null;
        try
        {
            await UringFileSystem.DeleteDirectoryAsync(path, recursive: true, source.Token);
        }
        catch (OperationCanceledException e)
        {
            failure = e;
        }

        if (failure is null)
        {
            Assert.Ignore("the deletion was quicker than the token");
        }

        await Eventually.Holds(() => OpenDescriptors.Of(path) == 0, () => "it goes on");
        Directory.GetDirectories(path).Should().NotBeEmpty();
    }

    [Test]
    public async Task All_entries_are_listed_with_their_types()
    {
        Fill(Folder.FullPath);
        Folder.Fifo("fifo");
        for (int i = 0; i < 3000; i++)
        {
            Folder.File($"a name long enough that thousands of them take more than one batch {i}", []);
        }

        List<UringDirectoryEntry> entries = await List(Folder.FullPath);
        entries.Select(entry => entry.FullPath).Should().BeEquivalentTo(Directory.GetFileSystemEntries(Folder.FullPath));
        UringFileType TypeOf(string name) => entries.Single(entry => entry.Name == name).Type;
        TypeOf("file").Should().Be(UringFileType.File);
        TypeOf("folder").Should().Be(UringFileType.Directory);
        TypeOf("link").Should().Be(UringFileType.SymbolicLink);
        TypeOf("fifo").Should().Be(UringFileType.NamedPipe);
        entries.Single(entry => entry.Name == "file").Inode.Should().Be((await Ends(UringFileSystem.StatAsync(Folder["file"]))).Inode);
    }

    [TestCase("missing")]
    [TestCase("file")]
    [TestCase("dangling")]
    [TestCase("file/below")]
    public Task Listing_fails_as_Directory_EnumerateFileSystemEntries_does(string name) => Compare(
        Fill,
        folder => Directory.GetFileSystemEntries(Path.Join(folder, name)),
        folder => List(Path.Join(folder, name)));

    [Test]
    public async Task Ending_early_closes_the_folder()
    {
        Fill(Folder.FullPath);
        await foreach (UringDirectoryEntry entry in UringFileSystem.EnumerateAsync(Folder.FullPath))
        {
            OpenDescriptors.Of(Folder.FullPath).Should().Be(1);
            break;
        }

        OpenDescriptors.Of(Folder.FullPath).Should().Be(0);
    }

    [Test]
    public async Task Cancelling_ends_the_listing_and_closes_the_folder()
    {
        Fill(Folder.FullPath);
        using CancellationTokenSource source = new();
        int seen = 0;
        Exception failure = await Failure(async () =>
        {
            await foreach (UringDirectoryEntry entry in UringFileSystem.EnumerateAsync(Folder.FullPath).WithCancellation(source.Token))
            {
                seen++;
                await source.CancelAsync();
            }
        });
        failure.Should().BeAssignableTo<OperationCanceledException>().Which.CancellationToken.Should().Be(source.Token);
        seen.Should().Be(1);
        OpenDescriptors.Of(Folder.FullPath).Should().Be(0);
    }

    [Test]
    public async Task The_folder_of_descriptors_is_listed() => (await List("/proc/self/fd")).Should().Contain(entry => entry.Type == UringFileType.SymbolicLink);

    [Test]
    public void A_path_is_checked_before_the_first_entry_is_asked_for() =>
        ((Action)(() => UringFileSystem.EnumerateAsync(string.Empty))).Should().Throw<ArgumentException>().WithParameterName("path");

    private static async Task<List<UringDirectoryEntry>> List(string path)
    {
        List<UringDirectoryEntry> entries = [];
        await foreach (UringDirectoryEntry entry in UringFileSystem.EnumerateAsync(path))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static void Fill(string folder)
    {
        File.WriteAllBytes(Path.Join(folder, "file"), [1, 2, 3]);
        Directory.CreateDirectory(Path.Join(folder, "empty"));
        Directory.CreateDirectory(Path.Join(folder, "folder", "sub"));
        File.WriteAllBytes(Path.Join(folder, "folder", "sub", "deep"), [1]);
        File.CreateSymbolicLink(Path.Join(folder, "link"), "folder");
        File.CreateSymbolicLink(Path.Join(folder, "dangling"), "nowhere");
    }

    private static int Touch(byte[] path) => MakeNode(path, 0x81A4, 0);

    [LibraryImport("libc", EntryPoint = "mknod")]
    private static partial int MakeNode(byte[] path, uint mode, ulong device);
}
