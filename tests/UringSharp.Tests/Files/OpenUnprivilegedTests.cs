using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>As <see cref="OpenDifferentialTests"/>, by a user whom permissions bind.</summary>
public sealed class OpenUnprivilegedTests
{
    private const UnixFileMode Everything = (UnixFileMode)0x1FF;

    private TempFolder _bcl = null!;
    private TempFolder _uring = null!;

    [SetUp]
    public void CreateFolders()
    {
        _bcl = DiskFolder.Create();
        _uring = DiskFolder.Create();
        File.SetUnixFileMode(_bcl.FullPath, Everything);
        File.SetUnixFileMode(_uring.FullPath, Everything);
    }

    [TearDown]
    public void DeleteFolders()
    {
        _bcl.Dispose();
        _uring.Dispose();
    }

    [Test]
    public Task A_file_that_may_not_be_read_is_answered_as_by_the_BCL() => Agrees("file", "denied", folder => Create(folder, "file", UnixFileMode.None));

    [Test]
    public Task A_file_that_may_not_be_written_is_answered_as_by_the_BCL() => Agrees("file", "denied", folder => Create(folder, "file", UnixFileMode.OtherRead));

    [Test]
    public Task A_folder_that_may_not_be_written_is_answered_as_by_the_BCL() => Agrees("folder/missing", "denied", folder => CreateFolder(folder, UnixFileMode.OtherRead | UnixFileMode.OtherExecute));

    [Test]
    public Task A_folder_that_may_not_be_entered_is_answered_as_by_the_BCL() => Agrees("folder/missing", "denied", folder => CreateFolder(folder, UnixFileMode.OtherRead));

    [Test]
    public Task A_file_of_somebody_else_in_a_sticky_folder_is_answered_as_by_the_BCL() => Agrees("folder/file", "denied", folder =>
    {
        CreateFolder(folder, Everything | UnixFileMode.StickyBit);
        Create(folder, "folder/file", UnixFileMode.UserRead);
    });

    [Test]
    public Task A_file_that_may_be_created_is_answered_as_by_the_BCL() => Agrees("missing", "open with flags", _ => { });

    [Test]
    public async Task The_exception_for_a_file_without_permission_is_an_UnauthorizedAccessException_with_the_path()
    {
        Create(_bcl, "file", UnixFileMode.None);
        Create(_uring, "file", UnixFileMode.None);

        ChildResult child = await TestChild.RunAsNobodyAsync("open-differences", _bcl.FullPath, _uring.FullPath, "file");

        child.ShouldHaveSucceeded().All("outcome").Should().Contain(outcome =>
            outcome.StartsWith("UnauthorizedAccessException ", StringComparison.Ordinal) && outcome.Contains("'<folder>/file'", StringComparison.Ordinal));
    }

    private static void Create(TempFolder folder, string name, UnixFileMode mode) => File.SetUnixFileMode(folder.File(name, "content"u8), mode);

    private static void CreateFolder(TempFolder folder, UnixFileMode mode) => File.SetUnixFileMode(Directory.CreateDirectory(folder["folder"]).FullName, mode);

    private async Task Agrees(string name, string seen, Action<TempFolder> create)
    {
        create(_bcl);
        create(_uring);

        ChildResult child = await TestChild.RunAsNobodyAsync("open-differences", _bcl.FullPath, _uring.FullPath, name);

        child.ShouldHaveSucceeded().All("difference").Should().BeEmpty();
        child.All("outcome").Should().HaveCount(OpenOutcome.Combinations.Count()).And.Contain(outcome => outcome.Contains(seen, StringComparison.Ordinal));
    }
}
