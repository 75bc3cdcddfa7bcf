using UringSharp.Interop;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>Locks against other processes, and permissions of another user.</summary>
public sealed class StreamLockTests : FileTests
{
    [Test]
    public async Task A_locked_range_keeps_other_processes_out_and_an_unlocked_one_lets_them_in([Values("lock-range", "lock-range-of-stream")] string verb)
    {
        string path = Folder.File("file", "0123456789"u8);
        await using UringFileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Lock(8, 1);
        (await TestChild.RunAsync(verb, path)).ShouldHaveSucceeded()["lock"]
            .Should().Be($"IOException {Errno.EAGAIN}: The process cannot access the file '{path}' because it is being used by another process.");

        stream.Unlock(8, 1);
        (await TestChild.RunAsync(verb, path)).ShouldHaveSucceeded()["lock"].Should().Be("ok");
    }

    [Test]
    public void Ranges_are_checked_as_by_FileStream()
    {
        string path = Folder.File("file", "0123456789"u8);
        UringFileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Invoking(it => it.Lock(-1, 1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("position");
        stream.Invoking(it => it.Unlock(0, -1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("length");
        stream.Lock(0, 0);
        stream.Dispose();
        stream.Invoking(it => it.Lock(0, 1)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task A_file_without_permission_opens_as_with_FileStream([Values(UnixFileMode.None, UnixFileMode.OtherRead, UnixFileMode.OtherWrite)] UnixFileMode mode)
    {
        using TempFolder folder = DiskFolder.Create();
        File.SetUnixFileMode(folder.FullPath, UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(folder.File("file", "content"u8), mode);

        ChildResult child = await TestChild.RunAsNobodyAsync("stream-differences", folder["file"]);

        child.ShouldHaveSucceeded().All("difference").Should().BeEmpty();
        child.All("outcome").Should().HaveCount(18).And.Contain(outcome => outcome.StartsWith("UnauthorizedAccessException", StringComparison.Ordinal));
    }

    [Test]
    public async Task Locks_are_not_taken_where_they_are_disabled()
    {
        string path = Folder.File("file", "content"u8);
        using FileStream holder = new(path, FileMode.Open, FileAccess.Read, FileShare.None);

        ChildResult child = await TestChild.RunBehindAsync(["env", "DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1"], "stream-differences", path);

        child.ShouldHaveSucceeded().All("difference").Should().BeEmpty();
        child.All("outcome").Should().NotContain(outcome => outcome.Contains("another process", StringComparison.Ordinal));
    }
}
