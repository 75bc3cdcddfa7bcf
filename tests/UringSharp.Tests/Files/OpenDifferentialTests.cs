using System.Diagnostics;
using System.Net.Sockets;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>
/// Every mode with every access, by the BCL in one folder and by UringFile in another one that is alike: same descriptor flags and file
/// afterwards, or the same exception with the same message and HResult.
/// </summary>
[WithoutSynchronizationContext]
public sealed class OpenDifferentialTests
{
    private static readonly string s_longName = new('n', 256);
    private static readonly string s_longPath = string.Concat(Enumerable.Repeat("/folder", 600));

    [Test]
    public Task A_missing_file_is_answered_as_by_the_BCL() => Agrees(_ => "missing");

    [Test]
    public Task An_existing_file_is_answered_as_by_the_BCL() => Agrees(folder => File(folder, "file"));

    [Test]
    public Task A_read_only_file_is_answered_as_by_the_BCL() => Agrees(folder =>
    {
        System.IO.File.SetUnixFileMode(folder[File(folder, "file")], UnixFileMode.UserRead);
        return "file";
    });

    [Test]
    public Task A_file_in_a_missing_folder_is_answered_as_by_the_BCL() => Agrees(_ => "missing/file");

    [Test]
    public Task A_file_below_a_file_is_answered_as_by_the_BCL() => Agrees(folder => File(folder, "file") + "/below");

    [Test]
    public Task A_file_far_below_a_file_is_answered_as_by_the_BCL() => Agrees(folder => File(folder, "file") + "/far/below");

    [Test]
    public Task A_file_with_a_trailing_slash_is_answered_as_by_the_BCL() => Agrees(folder => File(folder, "file") + "/");

    [Test]
    public Task A_missing_file_with_a_trailing_slash_is_answered_as_by_the_BCL() => Agrees(_ => "missing/");

    [Test]
    public Task A_folder_is_answered_as_by_the_BCL() => Agrees(folder => Directory.CreateDirectory(folder["folder"]).Name);

    [Test]
    public Task A_folder_with_a_trailing_slash_is_answered_as_by_the_BCL() => Agrees(folder => Directory.CreateDirectory(folder["folder"]).Name + "/");

    [Test]
    public Task A_link_to_a_file_is_answered_as_by_the_BCL() => Agrees(folder => Link(folder, "link", File(folder, "file")));

    [Test]
    public Task A_link_to_a_folder_is_answered_as_by_the_BCL() => Agrees(folder => Link(folder, "link", Directory.CreateDirectory(folder["folder"]).Name));

    [Test]
    public Task A_link_to_nothing_is_answered_as_by_the_BCL() => Agrees(folder => Link(folder, "link", "missing"));

    [Test]
    public Task A_link_into_a_missing_folder_is_answered_as_by_the_BCL() => Agrees(folder => Link(folder, "link", "missing/file"));

    [Test]
    public Task A_loop_of_links_is_answered_as_by_the_BCL() => Agrees(folder =>
    {
        Link(folder, "second", "first");
        return Link(folder, "first", "second");
    });

    [Test]
    public Task A_name_that_is_too_long_is_answered_as_by_the_BCL() => Agrees(_ => s_longName);

    [Test]
    public Task A_path_that_is_too_long_is_answered_as_by_the_BCL() => Agrees(_ => s_longPath[1..]);

    [Test]
    public Task A_name_with_spaces_and_letters_of_other_scripts_is_answered_as_by_the_BCL() => Agrees(folder => File(folder, "ein Fluß, 河, 🦊 "));

    [Test]
    public Task A_name_that_is_not_well_formed_is_answered_as_by_the_BCL() => Agrees(folder => File(folder, "half \ud800 a pair"));

    [Test]
    public Task A_path_with_dots_is_answered_as_by_the_BCL() => Agrees(folder => "missing/../" + File(folder, "file"));

    [Test]
    public Task A_relative_path_is_answered_as_by_the_BCL() => Agrees(folder => File(folder, "file"), relative: true);

    [Test]
    public Task A_path_with_a_nul_is_answered_as_by_the_BCL() => Agrees(_ => "fi\0le", pathsOnly: true);

    [Test]
    public Task An_empty_path_is_answered_as_by_the_BCL() => Agrees(_ => string.Empty, asGiven: true);

    [Test]
    public Task No_path_is_answered_as_by_the_BCL() => Agrees(_ => null!, asGiven: true);

    [Test]
    public Task A_socket_is_answered_as_by_the_BCL() => Agrees(folder =>
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string name = Path.Combine("/tmp", "uringsharp-" + Guid.NewGuid().ToString("N"));
        socket.Bind(new UnixDomainSocketEndPoint(name));

        // Bound under a short name, as a socket must be, and moved before closing, when .NET would delete it.
        System.IO.File.Move(name, folder["socket"]);
        return "socket";
    });

    [Test]
    public async Task A_program_that_runs_is_answered_as_by_the_BCL()
    {
        using TempFolder expected = DiskFolder.Create();
        using TempFolder actual = DiskFolder.Create();
        System.IO.File.Copy("/bin/sleep", expected["program"]);
        System.IO.File.Copy("/bin/sleep", actual["program"]);
        using Process first = NativeHelpers.Start(expected["program"], "60");
        using Process second = NativeHelpers.Start(actual["program"], "60");

        string bcl = await OpenOutcome.OfBclAsync(expected.FullPath, expected["program"], FileMode.Open, FileAccess.Write);
        string uring = await OpenOutcome.OfUringAsync(actual.FullPath, actual["program"], FileMode.Open, FileAccess.Write);
        first.Kill();
        second.Kill();
        await first.WaitForExitAsync();
        await second.WaitForExitAsync();

        uring.Should().Be(bcl);
    }

    [Test]
    public async Task A_file_system_that_is_read_only_is_answered_as_by_the_BCL()
    {
        using var mounted = MountedFolder.Tmpfs("1m");
        System.IO.File.WriteAllText(mounted["file"], "content");
        mounted.MakeReadOnly();
        List<string> differences = [];
        foreach (string name in new[] { "file", "missing" })
        {
            foreach ((FileMode mode, FileAccess access) in OpenOutcome.Combinations)
            {
                Compare(
                    mode,
                    access,
                    await OpenOutcome.OfBclAsync(mounted.FullPath, mounted[name], mode, access),
                    await OpenOutcome.OfUringAsync(mounted.FullPath, mounted[name], mode, access),
                    differences);
            }
        }

        differences.Should().BeEmpty();
    }

    private static string File(TempFolder folder, string name)
    {
        folder.File(name, "content"u8);
        return name;
    }

    private static string Link(TempFolder folder, string name, string target)
    {
        System.IO.File.CreateSymbolicLink(folder[name], target);
        return name;
    }

    /// <summary>Compares all combinations; the function makes the file in a folder and returns its name.</summary>
    private static async Task Agrees(Func<TempFolder, string> create, bool relative = false, bool asGiven = false, bool pathsOnly = false)
    {
        List<string> differences = [];
        List<string> outcomes = [];
        foreach ((FileMode mode, FileAccess access) in OpenOutcome.Combinations)
        {
            using TempFolder bcl = DiskFolder.Create();
            using TempFolder uring = DiskFolder.Create();
            string expected = await OpenOutcome.OfBclAsync(bcl.FullPath, PathIn(bcl, create(bcl)), mode, access);
            string actual = await OpenOutcome.OfUringAsync(uring.FullPath, PathIn(uring, create(uring)), mode, access);
            outcomes.Add($"{mode}, {access}: {expected}");
            if (!pathsOnly || expected.EndsWith(" of path", StringComparison.Ordinal))
            {
                // With two arguments wrong, either may be blamed.
                Compare(mode, access, expected, actual, differences);
            }
        }

        await TestContext.Out.WriteLineAsync(string.Join('\n', outcomes));
        differences.Should().BeEmpty();

        string PathIn(TempFolder folder, string name) => asGiven ? name
            : relative ? Path.GetRelativePath(Environment.CurrentDirectory, folder[name])
            : folder.FullPath + "/" + name;
    }

    private static void Compare(FileMode mode, FileAccess access, string expected, string actual, List<string> differences)
    {
        if (actual != expected)
        {
            differences.Add($"{mode}, {access}: expected {expected}, was {actual}");
        }
    }
}
