using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.FileSystem;

/// <summary>StatAsync and ExistsAsync.</summary>
public sealed class StatTests : FileSystemTests
{
    [Test]
    public async Task All_of_a_file_is_told()
    {
        string path = Folder.File("file", new byte[5000]);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupWrite | UnixFileMode.SetGroup);
        DateTime written = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(7);
        File.SetLastWriteTimeUtc(path, written);
        File.CreateSymbolicLink(Folder["link"], "file");
        UringFileStatus status = await Ends(UringFileSystem.StatAsync(Folder["link"]));
        status.Length.Should().Be(5000);
        status.Type.Should().Be(UringFileType.File);
        status.Mode.Should().Be(File.GetUnixFileMode(path));
        status.LinkCount.Should().Be(1);
        status.OwnerId.Should().Be(Libc.EffectiveUser());
        status.BlockSize.Should().BeGreaterThan(0);
        status.AllocatedBytes.Should().Be(status.Blocks * 512);
        status.LastWriteTime.ToDateTimeOffset().UtcDateTime.Should().Be(written);
        status.LastWriteTime.Nanoseconds.Should().Be(700);
        status.ChangeTime.ToDateTimeOffset().Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        status.BirthTime!.Value.ToDateTimeOffset().Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        status.SpecialDevice.Should().Be(0);
    }

    [Test]
    public async Task A_link_is_told_of_itself_when_it_is_not_followed()
    {
        File.CreateSymbolicLink(Folder["link"], "12345");
        UringFileStatus status = await Ends(UringFileSystem.StatAsync(Folder["link"], followLinks: false));
        status.Type.Should().Be(UringFileType.SymbolicLink);
        status.Length.Should().Be(5);
    }

    [Test]
    public async Task Each_kind_of_thing_is_told()
    {
        Folder.Fifo("fifo");
        (await Ends(UringFileSystem.StatAsync(Folder["fifo"]))).Type.Should().Be(UringFileType.NamedPipe);
        (await Ends(UringFileSystem.StatAsync(Folder.FullPath))).Type.Should().Be(UringFileType.Directory);
        UringFileStatus nothing = await Ends(UringFileSystem.StatAsync("/dev/null"));
        nothing.Type.Should().Be(UringFileType.CharacterDevice);
        nothing.SpecialDevice.Should().Be(0x103, "it is device 1:3");
    }

    [Test]
    public async Task The_same_file_by_two_names_is_equal_and_another_is_not()
    {
        string path = Folder.File("file", [1]);
        Folder.File("other", [1]);
        File.CreateSymbolicLink(Folder["link"], path);
        UringFileStatus status = await Ends(UringFileSystem.StatAsync(path));
        (await Ends(UringFileSystem.StatAsync(Folder["link"]))).Should().Be(status);
        (await Ends(UringFileSystem.StatAsync(Folder["other"]))).Should().NotBe(status);
    }

    [Test]
    public async Task A_file_on_a_known_disk_is_answered_at_once()
    {
        string path = Folder.File("file", [1]);
        await Eventually.Holds(() => IsKnown(path), () => "it never is");
    }

    [Test]
    public async Task What_changes_is_seen_at_once()
    {
        string path = Folder.File("file", [1]);
        await Eventually.Holds(() => IsKnown(path), () => "it is never cached");
        for (int length = 2; length < 200; length++)
        {
            await File.WriteAllBytesAsync(path, new byte[length]);
            (await Ends(UringFileSystem.StatAsync(path))).Length.Should().Be(length);
        }

        File.Delete(path);
        (await Ends(UringFileSystem.ExistsAsync(path))).Should().BeFalse();
    }

    [TestCase("missing")]
    [TestCase("missing/file")]
    [TestCase("file/below")]
    [TestCase("folder")]
    [TestCase("folder/")]
    [TestCase("folder/../file")]
    [TestCase("dangling")]
    [TestCase("private/file")]
    public async Task It_fails_as_File_GetUnixFileMode_does(string name)
    {
        // Three times: unknown to the kernel's cache, on a device that may not be known yet, and in full knowledge.
        for (int i = 0; i < 3; i++)
        {
            await Compare(
                Fill,
                folder => File.GetUnixFileMode(Path.Join(folder, name)),
                async folder => await UringFileSystem.StatAsync(Path.Join(folder, name)));
            Directory.Delete(Folder["theirs"], recursive: true);
            Directory.Delete(Folder["ours!!"], recursive: true);
        }
    }

    [Test]
    public async Task A_slash_behind_a_file_is_an_error_as_it_is_for_open() =>
        (await Failure(async () => await UringFileSystem.StatAsync(Folder.File("file", [1]) + "/"))).Should().BeOfType<DirectoryNotFoundException>();

    [Test]
    public async Task A_loop_of_links_is_an_IOException_with_ELOOP()
    {
        File.CreateSymbolicLink(Folder["a"], "b");
        File.CreateSymbolicLink(Folder["b"], "a");
        (await Failure(async () => await UringFileSystem.StatAsync(Folder["a"]))).Should().BeOfType<IOException>().Which.HResult.Should().Be(40);
        (await Ends(UringFileSystem.ExistsAsync(Folder["a"]))).Should().BeTrue("the link itself exists");
    }

    [Test]
    public async Task A_name_that_is_too_long_is_told()
    {
        string name = Folder[new string('x', 300)];
        (await Failure(async () => await UringFileSystem.StatAsync(name))).Should().BeOfType<PathTooLongException>();
        (await Ends(UringFileSystem.ExistsAsync(name))).Should().BeFalse();
    }

    [Test]
    public async Task A_path_of_four_thousand_letters_works()
    {
        string path = Folder.FullPath;
        while (path.Length < 3800)
        {
            path = Path.Join(path, new string('é', 100));
            if (System.Text.Encoding.UTF8.GetByteCount(path) > 4000)
            {
                path = Path.GetDirectoryName(path)!;
                break;
            }
        }

        Directory.CreateDirectory(path);
        await File.WriteAllBytesAsync(Path.Join(path, "f"), new byte[3]);
        (await Ends(UringFileSystem.StatAsync(Path.Join(path, "f")))).Length.Should().Be(3);
    }

    [Test]
    public void Arguments_are_checked_at_once()
    {
        ((Action)(() => { _ = UringFileSystem.StatAsync(null!).AsTask(); })).Should().Throw<ArgumentNullException>().WithParameterName("path");
        ((Action)(() => { _ = UringFileSystem.StatAsync(string.Empty).AsTask(); })).Should().Throw<ArgumentException>().WithParameterName("path");
        ((Action)(() => { _ = UringFileSystem.StatAsync("a\0b").AsTask(); })).Should().Throw<ArgumentException>().WithParameterName("path");
    }

    [Test]
    public async Task A_cancelled_token_is_looked_at_first()
    {
        CancellationToken cancelled = new(canceled: true);
        (await Failure(async () => await UringFileSystem.StatAsync("/", cancellationToken: cancelled))).Should().BeAssignableTo<OperationCanceledException>();
        (await Failure(async () => await UringFileSystem.ExistsAsync("/", cancelled))).Should().BeAssignableTo<OperationCanceledException>();
    }

    [TestCase("")]
    [TestCase("file")]
    [TestCase("file/")]
    [TestCase("folder")]
    [TestCase("folder/")]
    [TestCase("missing")]
    [TestCase("missing/file")]
    [TestCase("file/below")]
    [TestCase("dangling")]
    [TestCase("a\0b")]
    public async Task A_path_exists_where_Path_Exists_says_so(string name)
    {
        Fill(Folder.FullPath);
        string path = name.Length == 0 ? name : Folder[name];
        (await Ends(UringFileSystem.ExistsAsync(path))).Should().Be(Path.Exists(path));
        (await Ends(UringFileSystem.ExistsAsync(path))).Should().Be(Path.Exists(path));
    }

    [Test]
    public async Task Null_does_not_exist() => (await Ends(UringFileSystem.ExistsAsync(null))).Should().BeFalse();

    [Test]
    public async Task A_stat_in_a_row_allocates_nothing()
    {
        string path = Folder.File("file", [1]);
        await Eventually.Holds(() => IsKnown(path), () => "it is never cached");
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 20; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                _ = IsKnown(path);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.Should().Be(0);
    }

    /// <summary>Whether a stat is answered on this thread.</summary>
    private static bool IsKnown(string path)
    {
        ValueTask<UringFileStatus> task = UringFileSystem.StatAsync(path);
        return task.IsCompletedSuccessfully;
    }

    private static void Fill(string folder)
    {
        File.WriteAllBytes(Path.Join(folder, "file"), [1, 2, 3]);
        Directory.CreateDirectory(Path.Join(folder, "folder"));
        File.CreateSymbolicLink(Path.Join(folder, "dangling"), "nowhere");
    }
}
