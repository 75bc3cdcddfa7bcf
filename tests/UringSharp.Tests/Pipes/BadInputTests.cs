using System.Runtime.Versioning;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Bad input gets the exception System.IO would throw, with the path and the errno, and leaks nothing (the fixture counts).</summary>
public sealed class BadInputTests : PipeFixture
{
    private const int Times = 100;
    private const int Exists = 17;
    private const int Invalid = 22;

    [Test]
    public async Task Opening_a_missing_path_throws_what_FileStream_throws()
    {
        string path = Folder["missing"];
        var model = FluentActions.Invoking(() => new FileStream(path, FileMode.Open)).Should().Throw<FileNotFoundException>().Which;

        for (int i = 0; i < Times; i++)
        {
            FileNotFoundException e = await ThrownByOpening<FileNotFoundException>(path);
            e.FileName.Should().Be(path);
            e.Message.Should().Be(model.Message);
            e.HResult.Should().Be(model.HResult);
        }
    }

    [Test]
    public async Task Opening_in_a_missing_folder_throws_what_FileStream_throws()
    {
        string path = Path.Combine(Folder["missing"], "fifo");
        var model = FluentActions.Invoking(() => new FileStream(path, FileMode.Open)).Should().Throw<DirectoryNotFoundException>().Which;

        for (int i = 0; i < Times; i++)
        {
            DirectoryNotFoundException e = await ThrownByOpening<DirectoryNotFoundException>(path);
            e.Message.Should().Be(model.Message);
            e.HResult.Should().Be(model.HResult);
        }
    }

    [Test]
    public async Task Opening_beneath_a_file_throws_what_FileStream_throws()
    {
        string path = Path.Combine(Folder.File("file", [1]), "fifo");
        var model = FluentActions.Invoking(() => new FileStream(path, FileMode.Open)).Should().Throw<IOException>().Which;

        for (int i = 0; i < Times; i++)
        {
            (await ThrownByOpening<IOException>(path)).Should().BeOfType(model.GetType());
        }
    }

    [Test]
    public async Task Opening_a_regular_file_is_refused_with_its_path()
    {
        string path = Folder.File("file", [1]);
        for (int i = 0; i < Times; i++)
        {
            IOException e = await ThrownByOpening<IOException>(path);
            e.Message.Should().Contain(path);
            e.HResult.Should().Be(Invalid);
        }
    }

    [Test]
    public async Task Opening_a_folder_throws_what_FileStream_throws()
    {
        var model = FluentActions.Invoking(() => new FileStream(Folder.FullPath, FileMode.Open)).Should().Throw<UnauthorizedAccessException>().Which;

        for (int i = 0; i < Times; i++)
        {
            UnauthorizedAccessException e = await ThrownByOpening<UnauthorizedAccessException>(Folder.FullPath);
            e.Message.Should().Be(model.Message);
            e.HResult.Should().Be(model.HResult);
        }
    }

    [Test]
    public async Task Opening_a_device_is_refused_with_its_path()
    {
        for (int i = 0; i < Times; i++)
        {
            (await ThrownByOpening<IOException>("/dev/null")).Message.Should().Contain("/dev/null");
        }
    }

    [Test]
    public async Task Opening_a_loop_of_links_throws_what_FileStream_throws()
    {
        File.CreateSymbolicLink(Folder["one"], Folder["two"]);
        File.CreateSymbolicLink(Folder["two"], Folder["one"]);
        var model = FluentActions.Invoking(() => new FileStream(Folder["one"], FileMode.Open)).Should().Throw<IOException>().Which;

        IOException e = await ThrownByOpening<IOException>(Folder["one"]);

        e.HResult.Should().Be(model.HResult);
        e.Message.Should().Be(model.Message);
    }

    [Test]
    public async Task Opening_a_dangling_link_throws_what_FileStream_throws()
    {
        File.CreateSymbolicLink(Folder["link"], Folder["missing"]);

        (await ThrownByOpening<FileNotFoundException>(Folder["link"])).FileName.Should().Be(Folder["link"]);
    }

    [Test]
    public async Task Opening_too_long_a_path_throws_what_FileStream_throws()
    {
        string path = Folder[new string('x', 300)];
        var model = FluentActions.Invoking(() => new FileStream(path, FileMode.Open)).Should().Throw<PathTooLongException>().Which;

        PathTooLongException e = await ThrownByOpening<PathTooLongException>(path);

        e.Message.Should().Be(model.Message);
        e.HResult.Should().Be(model.HResult);
    }

    [TestCase("")]
    [TestCase("nul\0inside")]
    [TestCase("\0")]
    [TestCase(null)]
    public async Task Opening_what_is_no_path_throws_what_FileStream_throws(string? path)
    {
        Type expected = FluentActions.Invoking(() => new FileStream(path!, FileMode.Open)).Should().Throw<ArgumentException>().Which.GetType();

        for (int i = 0; i < Times; i++)
        {
            (await ThrownByOpening<ArgumentException>(path!)).Should().BeOfType(expected);
        }
    }

    [Test]
    public async Task Opening_in_a_disposed_context_throws_ObjectDisposedException()
    {
        string path = Folder.Fifo();
        UringContext context = new();
        context.Dispose();

        for (int i = 0; i < Times; i++)
        {
            await FluentActions.Awaiting(() => NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = context }).AsTask())
                .Should().ThrowAsync<ObjectDisposedException>();
        }
    }

    [Test]
    public async Task A_failed_open_is_no_less_a_failure_on_the_second_await()
    {
        ValueTask<UringPipeStream> open = NamedPipe.OpenReadAsync(Folder["missing"], Options);
        Task<UringPipeStream> task = open.AsTask();

        await FluentActions.Awaiting(() => task).Should().ThrowAsync<FileNotFoundException>();
        await FluentActions.Awaiting(() => task).Should().ThrowAsync<FileNotFoundException>();
    }

    [Test]
    public void Creating_where_something_is_throws_IOException_with_the_path()
    {
        string path = Folder.Fifo();
        for (int i = 0; i < Times; i++)
        {
            IOException e = FluentActions.Invoking(() => NamedPipe.Create(path)).Should().Throw<IOException>().Which;
            e.HResult.Should().Be(Exists);
            e.Message.Should().Contain(path);
        }
    }

    [Test]
    public void Creating_over_a_file_or_a_folder_destroys_nothing()
    {
        string file = Folder.File("file", [1, 2]);

        FluentActions.Invoking(() => NamedPipe.Create(file)).Should().Throw<IOException>().Which.HResult.Should().Be(Exists);
        FluentActions.Invoking(() => NamedPipe.Create(Folder.FullPath)).Should().Throw<IOException>().Which.HResult.Should().Be(Exists);

        File.ReadAllBytes(file).Should().Equal(1, 2);
    }

    [Test]
    public void Creating_in_a_missing_folder_throws_DirectoryNotFoundException_with_the_path()
    {
        string path = Path.Combine(Folder["missing"], "fifo");
        for (int i = 0; i < Times; i++)
        {
            FluentActions.Invoking(() => NamedPipe.Create(path)).Should().Throw<DirectoryNotFoundException>().WithMessage($"*{path}*");
        }
    }

    [Test]
    public void Creating_beneath_a_file_throws_DirectoryNotFoundException()
    {
        string path = Path.Combine(Folder.File("file", [1]), "fifo");

        FluentActions.Invoking(() => NamedPipe.Create(path)).Should().Throw<DirectoryNotFoundException>().WithMessage($"*{path}*");
    }

    [Test]
    public void Creating_too_long_a_path_throws_PathTooLongException() =>
        FluentActions.Invoking(() => NamedPipe.Create(Folder[new string('x', 300)])).Should().Throw<PathTooLongException>();

    [TestCase("")]
    [TestCase("nul\0inside")]
    public void Creating_what_is_no_path_throws_ArgumentException(string path) =>
        FluentActions.Invoking(() => NamedPipe.Create(path)).Should().ThrowExactly<ArgumentException>().Which.ParamName.Should().Be("path");

    [Test]
    public void Creating_a_null_path_throws_ArgumentNullException() =>
        FluentActions.Invoking(() => NamedPipe.Create(null!)).Should().Throw<ArgumentNullException>().Which.ParamName.Should().Be("path");

    [TestCase(0x1000)]
    [TestCase(-1)]
    public void A_mode_beyond_the_permissions_is_refused(int mode) =>
        FluentActions.Invoking(() => NamedPipe.Create(Folder["fifo"], (UnixFileMode)mode)).Should().Throw<ArgumentOutOfRangeException>();

    [TestCase(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [TestCase(UnixFileMode.UserRead)]
    [TestCase(UnixFileMode.None)]
    [SupportedOSPlatform("linux")]
    public void A_pipe_is_created_with_the_permissions_asked_for(UnixFileMode mode)
    {
        NamedPipe.Create(Folder["fifo"], mode);

        File.GetUnixFileMode(Folder["fifo"]).Should().Be(mode);
    }

    [Test]
    [SupportedOSPlatform("linux")]
    public void A_pipe_is_its_owners_by_default()
    {
        NamedPipe.Create(Folder["fifo"]);

        File.GetUnixFileMode(Folder["fifo"]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Test]
    public async Task A_relative_path_is_the_current_folders()
    {
        string path = Folder.Fifo("relative");
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);

        await using UringPipeStream stream = await NamedPipe.OpenReadAsync(relative, Options);

        FluentActions.Invoking(() => NamedPipe.Create(relative)).Should().Throw<IOException>().WithMessage($"*'{path}'*");
    }

    [Test]
    public async Task A_path_that_is_deleted_after_opening_is_still_read()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using FifoWriter writer = new(path);
        File.Delete(path);
        writer.Write([1]);

        (await Eventually.Ends(stream.ReadAsync(new byte[2]).AsTask())).Should().Be(1);
    }

    private async Task<T> ThrownByOpening<T>(string path)
        where T : Exception =>
        (await FluentActions.Awaiting(() => NamedPipe.OpenReadAsync(path, Options).AsTask()).Should().ThrowAsync<T>()).Which;
}
