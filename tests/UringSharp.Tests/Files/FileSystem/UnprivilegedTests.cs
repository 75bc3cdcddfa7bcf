using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.FileSystem;

/// <summary>UringFileSystem by a user whom permissions bind.</summary>
public sealed class UnprivilegedTests
{
    [Test]
    public async Task What_may_not_be_done_is_answered_as_by_the_BCL_and_nothing_is_left_behind()
    {
        using TempFolder bcl = Create();
        using TempFolder uring = Create();

        ChildResult child = await TestChild.RunAsNobodyAsync("file-system-differences", bcl.FullPath, uring.FullPath);

        child.ShouldHaveSucceeded().All("difference").Should().BeEmpty();
        child.All("outcome").Should().HaveCount(18).And.Contain(outcome => outcome.Contains("denied", StringComparison.Ordinal));
        Names(uring).Should().Equal(Names(bcl));

        static IEnumerable<string> Names(TempFolder folder) =>
            Directory.EnumerateFileSystemEntries(folder.FullPath, "*", SearchOption.AllDirectories).Select(path => path[folder.FullPath.Length..]).Order(StringComparer.Ordinal);
    }

    private static TempFolder Create()
    {
        const UnixFileMode everybody = (UnixFileMode)0x1FF;
        const UnixFileMode ownerOnly = (UnixFileMode)0x1C0;
        const UnixFileMode nobodyWrites = (UnixFileMode)0x1ED;
        TempFolder folder = DiskFolder.Create();
        File.SetUnixFileMode(folder.FullPath, everybody);
        File.SetUnixFileMode(folder.File("secret", [1]), UnixFileMode.UserRead);
        File.SetUnixFileMode(folder.File("open", [1]), everybody);
        File.SetUnixFileMode(folder.File("read-only", [1]), (UnixFileMode)0x124);
        Directory.CreateDirectory(folder["closed"]);
        folder.File("closed/file", [1]);
        File.SetUnixFileMode(folder["closed"], ownerOnly);
        Directory.CreateDirectory(folder["fixed"]);
        File.SetUnixFileMode(folder.File("fixed/file", [1]), everybody);
        File.SetUnixFileMode(folder["fixed"], nobodyWrites);
        return folder;
    }
}
