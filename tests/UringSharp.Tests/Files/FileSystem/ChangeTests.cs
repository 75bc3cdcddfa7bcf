using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.FileSystem;

/// <summary>Names, links, modes, owners and times.</summary>
public sealed class ChangeTests : FileSystemTests
{
    [TestCase("file")]
    [TestCase("missing")]
    [TestCase("missing/file")]
    [TestCase("file/below")]
    [TestCase("folder")]
    [TestCase("link")]
    [TestCase("dangling")]
    public Task A_file_is_deleted_as_File_Delete_does(string name) => Compare(
        Fill, folder => File.Delete(Path.Join(folder, name)), async folder => await UringFileSystem.DeleteAsync(Path.Join(folder, name)));

    [TestCase("file", "new", false)]
    [TestCase("file", "other", false)]
    [TestCase("file", "other", true)]
    [TestCase("file", "file", false)]
    [TestCase("file", "file", true)]
    [TestCase("file", "folder", false)]
    [TestCase("file", "folder", true)]
    [TestCase("missing", "new", false)]
    [TestCase("missing", "new", true)]
    [TestCase("missing/file", "new", false)]
    [TestCase("file", "missing/new", false)]
    [TestCase("file", "missing/new", true)]
    [TestCase("link", "new", false)]
    [TestCase("link", "other", true)]
    [TestCase("dangling", "new", false)]
    public Task A_file_is_moved_as_File_Move_does(string source, string destination, bool replace) => Compare(
        Fill,
        folder => File.Move(Path.Join(folder, source), Path.Join(folder, destination), replace),
        async folder => await UringFileSystem.MoveAsync(
            Path.Join(folder, source), Path.Join(folder, destination), replace ? UringMoveMode.Replace : UringMoveMode.NoReplace));

    [TestCase("folder", "new")]
    [TestCase("folder", "other")]
    [TestCase("folder", "full")]
    [TestCase("folder", "folder/below")]
    [TestCase("folder", "missing/new")]
    public Task A_folder_is_moved_as_Directory_Move_does(string source, string destination) => Compare(
        Fill,
        folder => Directory.Move(Path.Join(folder, source), Path.Join(folder, destination)),
        async folder => await UringFileSystem.MoveAsync(Path.Join(folder, source), Path.Join(folder, destination)));

    [Test]
    public async Task Two_files_change_places()
    {
        Fill(Folder.FullPath);
        await Ends(UringFileSystem.MoveAsync(Folder["file"], Folder["full"], UringMoveMode.Exchange));
        Directory.Exists(Folder["file"]).Should().BeTrue();
        (await File.ReadAllBytesAsync(Folder["full"])).Should().Equal(1, 2, 3);
        (await Failure(async () => await UringFileSystem.MoveAsync(Folder["full"], Folder["missing"], UringMoveMode.Exchange)))
            .Should().BeOfType<FileNotFoundException>().Which.FileName.Should().Be(Folder["missing"]);
    }

    [Test]
    public async Task A_file_is_moved_to_another_file_system_and_a_folder_is_not()
    {
        using var mount = MountedFolder.Tmpfs("8m");
        Fill(Folder.FullPath);
        await Ends(UringFileSystem.MoveAsync(Folder["file"], mount["file"]));
        (await File.ReadAllBytesAsync(mount["file"])).Should().Equal(1, 2, 3);
        File.Exists(Folder["file"]).Should().BeFalse();
        (await Failure(async () => await UringFileSystem.MoveAsync(Folder["other"], mount["file"]))).Should().BeOfType<IOException>().Which.HResult.Should().Be(17);
        await Ends(UringFileSystem.MoveAsync(Folder["other"], mount["file"], UringMoveMode.Replace));
        (await File.ReadAllBytesAsync(mount["file"])).Should().Equal(4, 5);
        (await Failure(async () => await UringFileSystem.MoveAsync(Folder["folder"], mount["folder"]))).Should().BeAssignableTo<IOException>();
        Directory.Exists(Folder["folder"]).Should().BeTrue();
    }

    [Test]
    public void An_undefined_mode_is_refused() =>
        ((Action)(() => { _ = UringFileSystem.MoveAsync("a", "b", (UringMoveMode)3).AsTask(); })).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("mode");

    [TestCase("link2", "file")]
    [TestCase("file", "other")]
    [TestCase("missing/link", "x")]
    public Task A_symbolic_link_is_created_as_File_CreateSymbolicLink_does(string path, string target) => Compare(
        Fill,
        folder => File.CreateSymbolicLink(Path.Join(folder, path), target),
        async folder => await UringFileSystem.CreateSymbolicLinkAsync(Path.Join(folder, path), target));

    [Test]
    public async Task A_hard_link_is_the_same_file()
    {
        string path = Folder.File("file", [1]);
        await Ends(UringFileSystem.CreateHardLinkAsync(Folder["second"], path));
        UringFileStatus status = await Ends(UringFileSystem.StatAsync(path));
        status.LinkCount.Should().Be(2);
        (await Ends(UringFileSystem.StatAsync(Folder["second"]))).Inode.Should().Be(status.Inode);
        (await Failure(async () => await UringFileSystem.CreateHardLinkAsync(Folder["second"], path))).Should().BeOfType<IOException>().Which.HResult.Should().Be(17);
        (await Failure(async () => await UringFileSystem.CreateHardLinkAsync(Folder["third"], Folder["missing"]))).Should().BeOfType<FileNotFoundException>();
        (await Failure(async () => await UringFileSystem.CreateHardLinkAsync(Folder["no/third"], path))).Should().BeOfType<DirectoryNotFoundException>();
        (await Failure(async () => await UringFileSystem.CreateHardLinkAsync(Folder["third"], Folder.FullPath))).Should().BeOfType<UnauthorizedAccessException>();
    }

    [Test]
    public async Task A_link_tells_its_target_and_what_is_none_tells_null()
    {
        Fill(Folder.FullPath);
        File.CreateSymbolicLink(Folder["second"], "link");
        (await Ends(UringFileSystem.ReadLinkAsync(Folder["second"]))).Should().Be("link");
        (await Ends(UringFileSystem.ReadLinkAsync(Folder["dangling"]))).Should().Be("nowhere");
        (await Ends(UringFileSystem.ReadLinkAsync(Folder["file"]))).Should().BeNull();
        (await Ends(UringFileSystem.ResolveLinkTargetAsync(Folder["second"]))).Should().Be(Folder["other"]);
        (await Ends(UringFileSystem.ResolveLinkTargetAsync(Folder["file"]))).Should().BeNull();
        (await Failure(async () => await UringFileSystem.ReadLinkAsync(Folder["missing"]))).Should().BeOfType<FileNotFoundException>();
        (await Failure(async () => await UringFileSystem.ReadLinkAsync(Folder["no/link"]))).Should().BeOfType<DirectoryNotFoundException>();
    }

    [TestCase("file")]
    [TestCase("link")]
    [TestCase("folder")]
    [TestCase("missing")]
    [TestCase("missing/file")]
    [TestCase("dangling")]
    public Task Permissions_are_set_as_File_SetUnixFileMode_does(string name) => Compare(
        Fill,
        folder => File.SetUnixFileMode(Path.Join(folder, name), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.SetUser),
        async folder => await UringFileSystem.SetModeAsync(Path.Join(folder, name), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.SetUser));

    [Test]
    public async Task Times_are_set_to_the_nanosecond_and_null_leaves_one()
    {
        string path = Folder.File("file", [1]);
        File.CreateSymbolicLink(Folder["link"], path);
        await Ends(UringFileSystem.SetTimesAsync(Folder["link"], new UringFileTime(1_000_000_000, 123_456_789), new UringFileTime(-1, 999_999_999)));
        UringFileStatus status = await Ends(UringFileSystem.StatAsync(path));
        status.LastAccessTime.Should().Be(new UringFileTime(1_000_000_000, 123_456_789));
        status.LastWriteTime.Should().Be(new UringFileTime(-1, 999_999_999));
        await Ends(UringFileSystem.SetTimesAsync(path, null, DateTimeOffset.UnixEpoch));
        status = await Ends(UringFileSystem.StatAsync(path));
        status.LastAccessTime.Nanoseconds.Should().Be(123_456_789);
        status.LastWriteTime.Should().Be(default(UringFileTime));
        await Ends(UringFileSystem.SetTimesAsync(Folder["link"], null, new UringFileTime(5, 0), followLinks: false));
        (await Ends(UringFileSystem.StatAsync(Folder["link"], followLinks: false))).LastWriteTime.Seconds.Should().Be(5);
        (await Ends(UringFileSystem.StatAsync(path))).LastWriteTime.Seconds.Should().Be(0);
        ((Action)(() => { _ = UringFileSystem.SetTimesAsync(path, new UringFileTime(0, 1_000_000_000), null).AsTask(); }))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("lastAccess");
    }

    [TestCase(0)]
    [TestCase(12345)]
    [TestCase(-12345)]
    [TestCase(-1)]
    public void A_time_survives_the_way_to_DateTimeOffset_and_back(long ticks)
    {
        DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(ticks);
        UringFileTime converted = time;
        converted.ToDateTimeOffset().Should().Be(time);
        converted.Nanoseconds.Should().BeInRange(0, 999_999_999);
    }

    [Test]
    public async Task Owner_and_group_are_set_and_null_leaves_one()
    {
        Skip.UnlessRoot("giving a file away");
        string path = Folder.File("file", [1]);
        await Ends(UringFileSystem.SetOwnerAsync(path, 65534, null));
        await Ends(UringFileSystem.SetOwnerAsync(path, null, 12345));
        UringFileStatus status = await Ends(UringFileSystem.StatAsync(path));
        (status.OwnerId, status.GroupId).Should().Be((65534u, 12345u));
        (await Failure(async () => await UringFileSystem.SetOwnerAsync(Folder["missing"], 1, 1))).Should().BeOfType<FileNotFoundException>();
    }

    [Test]
    public async Task A_cancelled_token_changes_nothing()
    {
        Fill(Folder.FullPath);
        CancellationToken cancelled = new(canceled: true);
        (await Failure(async () => await UringFileSystem.DeleteAsync(Folder["file"], cancelled))).Should().BeAssignableTo<OperationCanceledException>();
        (await Failure(async () => await UringFileSystem.MoveAsync(Folder["file"], Folder["new"], cancellationToken: cancelled))).Should().BeAssignableTo<OperationCanceledException>();
        (await Failure(async () => await UringFileSystem.CreateDirectoryAsync(Folder["new"], null, cancelled))).Should().BeAssignableTo<OperationCanceledException>();
        File.Exists(Folder["file"]).Should().BeTrue();
        Path.Exists(Folder["new"]).Should().BeFalse();
    }

    private static void Fill(string folder)
    {
        File.WriteAllBytes(Path.Join(folder, "file"), [1, 2, 3]);
        File.WriteAllBytes(Path.Join(folder, "other"), [4, 5]);
        Directory.CreateDirectory(Path.Join(folder, "folder"));
        Directory.CreateDirectory(Path.Join(folder, "full"));
        File.WriteAllBytes(Path.Join(folder, "full", "file"), [1]);
        File.CreateSymbolicLink(Path.Join(folder, "link"), "other");
        File.CreateSymbolicLink(Path.Join(folder, "dangling"), "nowhere");
    }
}
