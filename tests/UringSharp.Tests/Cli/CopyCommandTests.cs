using UringSharp.Tests.Support;

namespace UringSharp.Tests.Cli;

public sealed class CopyCommandTests
{
    [Test]
    public async Task A_file_is_copied_and_one_plain_line_says_so()
    {
        using TempFolder folder = new();
        byte[] content = new byte[1_000_003];
        new Random(1).NextBytes(content);

        UringResult result = await UringProcess.RunAsync("copy", folder.File("file", content), folder["copy"]);

        result.Error.Should().BeEmpty();
        result.ExitCode.Should().Be(0);
        result.Text.Trim().Split('\n').Should().ContainSingle().Which.Should().StartWith("1 000 003 bytes copied in ");
        (await File.ReadAllBytesAsync(folder["copy"])).AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Test]
    public async Task A_copy_into_a_folder_gets_the_name_of_the_file()
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(folder["to"]);

        UringResult result = await UringProcess.RunAsync("copy", folder.File("file", [1]), folder["to"]);

        result.ExitCode.Should().Be(0);
        File.Exists(folder["to/file"]).Should().BeTrue();
    }

    [Test]
    public async Task A_file_at_the_destination_is_replaced_by_force_only()
    {
        using TempFolder folder = new();
        folder.File("new", [1, 2]);
        folder.File("old", [3]);

        UringResult refused = await UringProcess.RunAsync("copy", folder["new"], folder["old"]);
        refused.ExitCode.Should().Be(1);
        refused.Error.Should().Be($"uring: {folder["old"]}: File exists; --force replaces it\n");
        (await File.ReadAllBytesAsync(folder["old"])).Should().Equal(3);

        UringResult forced = await UringProcess.RunAsync("copy", "--force", folder["new"], folder["old"]);
        forced.ExitCode.Should().Be(0);
        (await File.ReadAllBytesAsync(folder["old"])).Should().Equal(1, 2);
    }

    [TestCase("missing", "copy", "missing: No such file or directory")]
    [TestCase("folder", "copy", "folder: Is a directory; copy takes one file")]
    [TestCase("file", "file", "file: the same file as file")]
    [TestCase("file", "no/copy", "no/copy: No such file or directory")]
    [TestCase("file", "file/copy", "file/copy: No such file or directory")]
    [TestCase("fifo", "copy", "fifo: not a regular file or block device; uring read copies those")]
    [TestCase("", "copy", "an empty path names no file.")]
    public async Task What_cannot_be_copied_is_told(string source, string destination, string complaint)
    {
        using TempFolder folder = new();
        folder.File("file", [1]);
        folder.Fifo();
        Directory.CreateDirectory(folder["folder"]);

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, $"\"$U\" copy '{source}' '{destination}'");

        result.Error.Should().Be($"uring: {complaint}\n");
        result.ExitCode.Should().Be(source.Length == 0 ? 2 : 1);
        File.Exists(folder["copy"]).Should().BeFalse();
    }

    [TestCase("INT", 130)]
    [TestCase("TERM", 143)]
    public async Task A_signal_removes_the_half_file(string signal, int exitCode)
    {
        using TempFolder folder = DiskFolder.Create();
        await using (FileStream file = File.Create(folder["file"]))
        {
            byte[] block = new byte[1 << 20];
            block.AsSpan().Fill(1);
            for (int i = 0; i < 800; i++)
            {
                file.Write(block);
            }
        }

        using var process = UringProcess.Start("copy", folder["file"], folder["copy"]);
        await Eventually.Holds(() => new FileInfo(folder["copy"]) is { Exists: true, Length: > 0 }, () => "it does not begin");
        process.Signal(signal);
        UringResult result = await process.EndAsync();

        result.ExitCode.Should().Be(exitCode);
        result.Text.Should().BeEmpty();
        File.Exists(folder["copy"]).Should().BeFalse();
    }
}
