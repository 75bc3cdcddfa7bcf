using Microsoft.Extensions.FileProviders;
using UringSharp.Tests.Support;

namespace UringSharp.Extensions.Tests;

/// <summary>Files of a folder, as IFileProvider has them.</summary>
public sealed class FileProviderTests
{
    [Test]
    public async Task A_file_is_read_by_a_UringFileStream_and_tells_no_path()
    {
        using TempFolder folder = new();
        folder.File("file", "content"u8);
        using UringFileProvider provider = new(folder.FullPath);

        IFileInfo file = provider.GetFileInfo("/file");

        file.Should().BeEquivalentTo(new { Exists = true, IsDirectory = false, Name = "file", Length = 7L, PhysicalPath = (string?)null });
        file.LastModified.UtcDateTime.Should().Be(File.GetLastWriteTimeUtc(folder["file"]));
        await using Stream stream = file.CreateReadStream();
        stream.Should().BeOfType<UringFileStream>();
        using StreamReader reader = new(stream);
        (await reader.ReadToEndAsync()).Should().Be("content");
    }

    [Test]
    public async Task The_streams_belong_to_the_context()
    {
        using TempFolder folder = new();
        folder.File("file", "content"u8);
        UringContext context = new();
        using UringFileProvider provider = new(folder.FullPath, context);
        IFileInfo file = provider.GetFileInfo("file");

        await context.DisposeAsync();

        file.Invoking(static file => file.CreateReadStream()).Should().Throw<ObjectDisposedException>();
    }

    [TestCase("missing")]
    [TestCase("folder")]
    [TestCase("../outside")]
    [TestCase(".hidden")]
    public void What_is_no_file_of_the_folder_does_not_exist(string subpath)
    {
        using TempFolder parent = new();
        parent.File("outside", "x"u8);
        Directory.CreateDirectory(parent["root/folder"]);
        parent.File("root/.hidden", "x"u8);
        using UringFileProvider provider = new(parent["root"]);

        provider.GetFileInfo(subpath).Exists.Should().BeFalse();
    }

    [Test]
    public void A_folder_holds_its_files_and_folders()
    {
        using TempFolder folder = new();
        folder.File("file", "content"u8);
        Directory.CreateDirectory(folder["inner"]);
        using UringFileProvider provider = new(folder.FullPath);

        provider.GetDirectoryContents("").Select(static file => (file.Name, file.IsDirectory)).Should().BeEquivalentTo([("file", false), ("inner", true)]);
        using Stream stream = provider.GetDirectoryContents("").Single(static file => !file.IsDirectory).CreateReadStream();
        stream.Should().BeOfType<UringFileStream>();
        provider.GetDirectoryContents("missing").Exists.Should().BeFalse();
    }

    [Test]
    public async Task A_change_is_seen()
    {
        using TempFolder folder = new();
        folder.File("file", "before"u8);
        using UringFileProvider provider = new(folder.FullPath);
        TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable watch = provider.Watch("file").RegisterChangeCallback(_ => changed.TrySetResult(), null);

        folder.File("file", "after"u8);

        await Eventually.Ends(changed.Task);
    }
}
