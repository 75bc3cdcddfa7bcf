using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.FileSystem;

/// <summary>ReadAllBytesAsync and WriteAllBytesAsync.</summary>
[Category("FaultsSoak")]
public sealed class ContentTests : FileSystemTests
{
    [TestCase("file")]
    [TestCase("missing")]
    [TestCase("missing/file")]
    [TestCase("folder")]
    [TestCase("file/below")]
    [TestCase("dangling")]
    public Task A_file_is_read_as_File_ReadAllBytes_does(string name) => Compare(
        Fill,
        folder => File.ReadAllBytes(Path.Join(folder, name)),
        async folder => await UringFileSystem.ReadAllBytesAsync(Path.Join(folder, name)));

    [Test]
    public async Task A_file_longer_than_an_array_is_refused_as_File_ReadAllBytes_refuses_it()
    {
        string path = Folder["huge"];
        await using (FileStream file = File.Create(path))
        {
            file.SetLength((long)Array.MaxLength + 1);
        }

        Exception theirs = await Failure(async () => await File.ReadAllBytesAsync(path));
        Exception ours = await Failure(async () => await UringFileSystem.ReadAllBytesAsync(path));
        (ours.GetType(), ours.Message, ours.HResult).Should().Be((theirs.GetType(), theirs.Message, theirs.HResult));
    }

    [Test]
    public async Task All_bytes_come([Values(0, 1, 4095, 4096, 4097, 3_000_000)] int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        (await Ends(UringFileSystem.ReadAllBytesAsync(Folder.File("file", bytes)))).Should().Equal(bytes);
    }

    [Test]
    public async Task A_file_in_proc_that_says_it_is_empty_is_read()
    {
        byte[] bytes = await Ends(UringFileSystem.ReadAllBytesAsync("/proc/kallsyms"));
        bytes.Length.Should().BeGreaterThan(10_000);
        System.Text.Encoding.ASCII.GetString(bytes).Should().EndWith("\n");
    }

    [TestCase("new", false)]
    [TestCase("new", true)]
    [TestCase("file", false)]
    [TestCase("file", true)]
    [TestCase("link", false)]
    [TestCase("link", true)]
    [TestCase("dangling", false)]
    [TestCase("dangling", true)]
    [TestCase("folder", false)]
    [TestCase("folder", true)]
    [TestCase("missing/new", false)]
    [TestCase("missing/new", true)]
    [TestCase("file/below", true)]
    public Task A_file_is_written_as_File_WriteAllBytes_does(string name, bool atomic) => Compare(
        Fill,
        folder => File.WriteAllBytes(Path.Join(folder, name), [7, 7]),
        async folder => await UringFileSystem.WriteAllBytesAsync(Path.Join(folder, name), new byte[] { 7, 7 }, atomic));

    [Test]
    public async Task An_atomic_write_keeps_mode_and_owner_and_makes_another_file()
    {
        string path = Folder.File("file", [1]);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        if (Skip.IsRoot)
        {
            await Ends(UringFileSystem.SetOwnerAsync(path, 65534, 65533));
        }

        UringFileStatus before = await Ends(UringFileSystem.StatAsync(path));
        await Ends(UringFileSystem.WriteAllBytesAsync(path, new byte[] { 2 }, atomic: true));
        UringFileStatus after = await Ends(UringFileSystem.StatAsync(path));
        after.Mode.Should().Be(before.Mode);
        (after.OwnerId, after.GroupId).Should().Be((before.OwnerId, before.GroupId));
        after.Inode.Should().NotBe(before.Inode);
    }

    [Test]
    public async Task A_reader_sees_the_old_content_or_the_new_and_nothing_else()
    {
        string path = Folder.File("file", new byte[10_000]);
        await using (Background.Run(async end =>
        {
            for (byte value = 1; !end.IsCancellationRequested; value++)
            {
                byte[] bytes = new byte[10_000];
                bytes.AsSpan().Fill(value);
                await UringFileSystem.WriteAllBytesAsync(path, bytes, atomic: true, CancellationToken.None);
            }
        }))
        {
            for (int i = 0; i < 300; i++)
            {
                byte[] seen = await File.ReadAllBytesAsync(path);
                seen.Should().HaveCount(10_000);
                seen.AsSpan().IndexOfAnyExcept(seen[0]).Should().Be(-1);
            }
        }

        Directory.GetFileSystemEntries(Folder.FullPath).Should().Equal(path);
    }

    [Test]
    public async Task A_full_disk_leaves_the_old_content_and_no_temporary_file()
    {
        using var mount = MountedFolder.Tmpfs("1m");
        await File.WriteAllBytesAsync(mount["file"], [1, 2, 3]);
        Exception failure = await Failure(async () => await UringFileSystem.WriteAllBytesAsync(mount["file"], new byte[2 << 20], atomic: true));
        failure.Should().BeOfType<IOException>().Which.HResult.Should().Be(28);
        failure.Message.Should().Contain(mount["file"]);
        (await File.ReadAllBytesAsync(mount["file"])).Should().Equal(1, 2, 3);
        Directory.GetFileSystemEntries(mount.FullPath).Should().HaveCount(1);
        await OpenDescriptors.AreGone(mount.FullPath);
    }

    [Test]
    public async Task Cancelling_an_atomic_write_at_any_moment_leaves_all_or_nothing()
    {
        string path = Folder.File("file", new byte[100_000]);
        byte[] bytes = new byte[100_000];
        for (int i = 0; i < 100; i++)
        {
            bytes.AsSpan().Fill((byte)(i + 1));
            using CancellationTokenSource source = new(TimeSpan.FromMicroseconds(i * 20));
            try
            {
                await UringFileSystem.WriteAllBytesAsync(path, bytes, atomic: true, source.Token);
            }
            catch (OperationCanceledException)
            {
                await Eventually.Holds(() => Directory.GetFileSystemEntries(Folder.FullPath).Length == 1, () => string.Join(' ', Directory.GetFileSystemEntries(Folder.FullPath)));
            }

            byte[] seen = await File.ReadAllBytesAsync(path);
            seen.Should().HaveCount(100_000);
            seen.AsSpan().IndexOfAnyExcept(seen[0]).Should().Be(-1);
        }
    }

    [Test]
    public async Task A_pipe_is_refused_without_waiting()
    {
        string fifo = Folder.Fifo();
        (await Failure(async () => await UringFileSystem.ReadAllBytesAsync(fifo))).Should().BeOfType<IOException>().Which.HResult.Should().Be(29);
        (await Failure(async () => await UringFileSystem.WriteAllBytesAsync(fifo, new byte[1], atomic: true))).Should().BeOfType<IOException>().Which.HResult.Should().Be(29);
    }

    private static void Fill(string folder)
    {
        File.WriteAllBytes(Path.Join(folder, "file"), [1, 2, 3]);
        Directory.CreateDirectory(Path.Join(folder, "folder"));
        File.CreateSymbolicLink(Path.Join(folder, "link"), "file");
        File.CreateSymbolicLink(Path.Join(folder, "dangling"), "nowhere");
    }
}
