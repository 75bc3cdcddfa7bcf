using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.FileSystem;

/// <summary>CopyAsync.</summary>
[Category("FaultsSoak")]
public sealed class CopyTests : FileSystemTests
{
    [TestCase("file", "new", false)]
    [TestCase("file", "new", true)]
    [TestCase("empty", "new", false)]
    [TestCase("empty", "other", true)]
    [TestCase("file", "other", false)]
    [TestCase("file", "other", true)]
    [TestCase("file", "file", false)]
    [TestCase("file", "file", true)]
    [TestCase("file", "link", false)]
    [TestCase("file", "link", true)]
    [TestCase("link", "new", false)]
    [TestCase("file", "dangling", false)]
    [TestCase("file", "dangling", true)]
    [TestCase("file", "folder", false)]
    [TestCase("file", "folder", true)]
    [TestCase("folder", "new", false)]
    [TestCase("folder", "folder2", true)]
    [TestCase("missing", "new", false)]
    [TestCase("missing", "other", true)]
    [TestCase("missing/file", "new", false)]
    [TestCase("file", "missing/new", false)]
    [TestCase("file", "missing/new", true)]
    [TestCase("file", "other/new", false)]
    [TestCase("file", "other/new", true)]
    [TestCase("file/", "new", false)]
    [TestCase("file", "new/", false)]
    [TestCase("file", "new/", true)]
    [TestCase("dangling", "new", false)]
    [TestCase("file", "é", false)]
    public Task It_ends_as_File_Copy_does(string source, string destination, bool overwrite) => Compare(
        Fill,
        folder => File.Copy(Path.Join(folder, source), Path.Join(folder, destination), overwrite),
        async folder => await UringFileSystem.CopyAsync(Path.Join(folder, source), Path.Join(folder, destination), overwrite));

    [Test]
    public async Task Permissions_and_times_are_those_of_the_source([Values(false, true)] bool overwrite)
    {
        Fill(Folder.FullPath);
        string source = Folder["file"];
        File.SetUnixFileMode(source, (UnixFileMode)0x1FF);
        File.SetLastWriteTimeUtc(source, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(1234567));
        string copy = overwrite ? Folder["other"] : Folder["new"];
        await Ends(UringFileSystem.CopyAsync(source, copy, overwrite));
        File.GetUnixFileMode(copy).Should().Be((UnixFileMode)0x1FF);
        File.GetLastWriteTimeUtc(copy).Should().Be(File.GetLastWriteTimeUtc(source));
        UringFileStatus from = await Ends(UringFileSystem.StatAsync(source));
        UringFileStatus to = await Ends(UringFileSystem.StatAsync(copy));
        to.LastWriteTime.Should().Be(from.LastWriteTime);
        to.LastAccessTime.Should().Be(from.LastAccessTime);
    }

    [Test]
    public async Task Set_id_bits_are_treated_as_File_Copy_treats_them()
    {
        string source = Folder.File("file", [1]);
        File.SetUnixFileMode(source, UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.StickyBit | UnixFileMode.UserRead);
        File.Copy(source, Folder["theirs"]);
        await Ends(UringFileSystem.CopyAsync(source, Folder["ours"]));
        File.GetUnixFileMode(Folder["ours"]).Should().Be(File.GetUnixFileMode(Folder["theirs"]));
    }

    [Test]
    public async Task A_big_file_is_copied_with_progress_that_never_falls_and_ends_at_its_length()
    {
        const long length = (100L << 20) + 12345;
        string source = Random("big", length);
        Steps steps = new();
        await Ends(UringFileSystem.CopyAsync(source, Folder["copy"], progress: steps));
        ShouldBeAlike(source, Folder["copy"]);
        steps.Seen.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        steps.Seen[^1].Should().Be(length);
        steps.Seen.Count.Should().BeGreaterThan(2);
    }

    [Test]
    public async Task The_progress_of_an_empty_file_is_told()
    {
        Steps steps = new();
        await Ends(UringFileSystem.CopyAsync(Folder.File("empty", []), Folder["copy"], progress: steps));
        steps.Seen.Should().Equal(0);
    }

    [Test]
    public async Task A_file_in_proc_whose_length_is_0_is_copied()
    {
        await Ends(UringFileSystem.CopyAsync("/proc/cpuinfo", Folder["copy"]));
        (await File.ReadAllTextAsync(Folder["copy"])).Should().Contain("processor");
    }

    [Test]
    [Category("Faults")]
    public async Task A_file_is_copied_to_another_file_system_and_back()
    {
        using var mount = MountedFolder.Tmpfs("64m");
        string source = Random("file", 10_000_001);
        await Ends(UringFileSystem.CopyAsync(source, mount["copy"]));
        ShouldBeAlike(source, mount["copy"]);
        await Ends(UringFileSystem.CopyAsync(mount["copy"], Folder["back"]));
        ShouldBeAlike(source, Folder["back"]);
        await OpenDescriptors.AreGone(mount.FullPath);
    }

    [Test]
    public async Task Holes_stay_holes()
    {
        string source = Folder["sparse"];
        await using (FileStream file = File.Create(source))
        {
            file.Position = 10 << 20;
            file.Write(new byte[] { 1, 2, 3 });
            file.Position = 100L << 20;
            file.Write(new byte[70000]);
            file.SetLength(1L << 28);
        }

        await Ends(UringFileSystem.CopyAsync(source, Folder["copy"]));
        UringFileStatus status = await Ends(UringFileSystem.StatAsync(Folder["copy"]));
        status.Length.Should().Be(1L << 28);
        status.AllocatedBytes.Should().BeLessThan(1 << 20);
        ShouldBeAlike(source, Folder["copy"]);
    }

    [Test]
    public async Task Nothing_but_a_hole_is_copied()
    {
        await using (FileStream file = File.Create(Folder["hole"]))
        {
            file.SetLength(123_456_789);
        }

        await Ends(UringFileSystem.CopyAsync(Folder["hole"], Folder["copy"]));
        ShouldBeAlike(Folder["hole"], Folder["copy"]);
    }

    [Test]
    public async Task Cancelling_in_the_middle_leaves_no_file_and_no_descriptor([Values(false, true)] bool overwrite)
    {
        string source = Random("big", 200L << 20);
        if (overwrite)
        {
            Folder.File("copy", [1, 2, 3]);
        }

        using CancellationTokenSource source1 = new();
        Steps steps = new(copied => { if (copied > 0) { source1.Cancel(); } });
        Exception failure = await Failure(async () => await UringFileSystem.CopyAsync(source, Folder["copy"], overwrite, steps, source1.Token));
        failure.Should().BeAssignableTo<OperationCanceledException>().Which.CancellationToken.Should().Be(source1.Token);
        Directory.GetFileSystemEntries(Folder.FullPath).Should().BeEquivalentTo(overwrite ? [Folder["big"], Folder["copy"]] : new[] { Folder["big"] });
        if (overwrite)
        {
            (await File.ReadAllBytesAsync(Folder["copy"])).Should().Equal(1, 2, 3);
        }

        await OpenDescriptors.AreGone(Folder.FullPath);
    }

    [Test]
    [Category("Faults")]
    public async Task Cancelling_at_any_moment_leaves_all_or_nothing()
    {
        string source = Random("file", 3 << 20);
        for (int i = 0; i < 150; i++)
        {
            using CancellationTokenSource cancellation = new(TimeSpan.FromMicroseconds(i * 30));
            try
            {
                await UringFileSystem.CopyAsync(source, Folder["copy"], cancellationToken: cancellation.Token);
                ShouldBeAlike(source, Folder["copy"]);
                File.Delete(Folder["copy"]);
            }
            catch (OperationCanceledException)
            {
                await Eventually.Holds(() => Directory.GetFileSystemEntries(Folder.FullPath).Length == 1, () => string.Join(' ', Directory.GetFileSystemEntries(Folder.FullPath)));
            }
        }
    }

    [Test]
    public async Task A_full_disk_leaves_nothing_of_the_copy_and_the_old_file([Values(false, true)] bool overwrite)
    {
        using var mount = MountedFolder.Tmpfs("4m");
        string source = Random("file", 8 << 20);
        if (overwrite)
        {
            await File.WriteAllBytesAsync(mount["copy"], [1, 2]);
        }

        Exception failure = await Failure(async () => await UringFileSystem.CopyAsync(source, mount["copy"], overwrite));
        failure.Should().BeOfType<IOException>().Which.HResult.Should().Be(28);
        failure.Message.Should().Contain(mount["copy"]);
        if (overwrite)
        {
            (await File.ReadAllBytesAsync(mount["copy"])).Should().Equal(1, 2);
        }

        Directory.GetFileSystemEntries(mount.FullPath).Length.Should().Be(overwrite ? 1 : 0);
        await OpenDescriptors.AreGone(mount.FullPath);
    }

    [Test]
    public async Task Overwriting_follows_a_link_and_leaves_it_there()
    {
        Fill(Folder.FullPath);
        await Ends(UringFileSystem.CopyAsync(Folder["file"], Folder["link"], overwrite: true));
        new FileInfo(Folder["link"]).LinkTarget.Should().NotBeNull();
        ShouldBeAlike(Folder["file"], Folder["other"]);
    }

    [Test]
    public async Task A_device_is_written_to_as_File_Copy_does_it()
    {
        string source = Folder.File("file", [1]);
        // File.Copy gives the device the mode of the file, and root may: everybody has to be able to use /dev/null afterwards, apt-get too.
        File.SetUnixFileMode(source, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        await Ends(UringFileSystem.CopyAsync(source, "/dev/null", overwrite: true));
        (await Ends(UringFileSystem.StatAsync("/dev/null"))).Type.Should().Be(UringFileType.CharacterDevice);
    }

    [Test]
    public async Task A_pipe_as_source_is_refused_without_waiting()
    {
        (await Failure(async () => await UringFileSystem.CopyAsync(Folder.Fifo(), Folder["copy"]))).Should().BeOfType<IOException>().Which.HResult.Should().Be(29);
        File.Exists(Folder["copy"]).Should().BeFalse();
    }

    [Test]
    public void Arguments_are_checked_at_once()
    {
        ((Action)(() => { _ = UringFileSystem.CopyAsync(null!, "a").AsTask(); })).Should().Throw<ArgumentNullException>().WithParameterName("source");
        ((Action)(() => { _ = UringFileSystem.CopyAsync("a", string.Empty).AsTask(); })).Should().Throw<ArgumentException>().WithParameterName("destination");
    }

    [Test]
    public async Task Progress_that_throws_ends_the_copy_and_leaves_nothing()
    {
        Exception failure = await Failure(async () => await UringFileSystem.CopyAsync(
            Folder.File("file", [1]), Folder["copy"], progress: new Steps(static _ => throw new UnreachableException())));
        failure.Should().BeOfType<UnreachableException>();
        File.Exists(Folder["copy"]).Should().BeFalse();
    }

    private static void Fill(string folder)
    {
        File.WriteAllBytes(Path.Join(folder, "file"), [1, 2, 3]);
        File.SetUnixFileMode(Path.Join(folder, "file"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        File.WriteAllBytes(Path.Join(folder, "other"), [4, 5, 6, 7, 8, 9]);
        File.WriteAllBytes(Path.Join(folder, "empty"), []);
        Directory.CreateDirectory(Path.Join(folder, "folder"));
        Directory.CreateDirectory(Path.Join(folder, "folder2"));
        File.CreateSymbolicLink(Path.Join(folder, "link"), "other");
        File.CreateSymbolicLink(Path.Join(folder, "dangling"), "nowhere");
    }

    private string Random(string name, long length)
    {
        byte[] block = new byte[1 << 20];
        Random random = new(1);
        using FileStream file = File.Create(Folder[name]);
        while (file.Length < length)
        {
            random.NextBytes(block);
            file.Write(block.AsSpan(0, (int)Math.Min(block.Length, length - file.Length)));
        }

        return Folder[name];
    }

    private static void ShouldBeAlike(string one, string other)
    {
        using FileStream first = File.OpenRead(one);
        using FileStream second = File.OpenRead(other);
        second.Length.Should().Be(first.Length);
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(second)).Should().Be(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(first)));
    }

    private sealed class Steps(Action<long>? onReport = null) : IProgress<long>
    {
        public List<long> Seen { get; } = [];

        public void Report(long value)
        {
            Seen.Add(value);
            onReport?.Invoke(value);
        }
    }
}
