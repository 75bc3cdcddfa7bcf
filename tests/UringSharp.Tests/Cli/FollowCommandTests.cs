using System.Diagnostics;
using System.Text;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Cli;

/// <summary>uring read --follow, --lines, --labels, and uring write.</summary>
public sealed class FollowCommandTests
{
    [Test]
    public async Task Several_pipes_are_followed_from_one_writer_to_the_next()
    {
        using TempFolder folder = new();
        using var process = UringProcess.StartShell(folder.FullPath, "mkfifo a b; echo ready; exec \"$U\" read --follow --labels a b");
        using StreamReader output = new(process.Output);
        (await Line(output)).Should().Be("ready");
        for (int i = 0; i < 3; i++)
        {
            await WriteAsync(folder["a"], $"first {i}\n");
            (await Line(output)).Should().Be($"a: first {i}");
            await WriteAsync(folder["b"], $"second {i}\n");
            (await Line(output)).Should().Be($"b: second {i}");
        }

        process.Signal("TERM");
        (await process.EndWithoutOutputAsync()).ExitCode.Should().Be(143);
    }

    [Test]
    public async Task Lines_of_several_pipes_are_whole()
    {
        using TempFolder folder = new();
        using var process = UringProcess.StartShell(folder.FullPath, "mkfifo a b; echo ready; exec \"$U\" read --follow --lines a b");
        using StreamReader output = new(process.Output);
        (await Line(output)).Should().Be("ready");
        const int count = 200;
        Task first = WriteInPiecesAsync(folder["a"], 'a', count);
        Task second = WriteInPiecesAsync(folder["b"], 'b', count);
        List<string> lines = [];
        for (int i = 0; i < 2 * count; i++)
        {
            lines.Add(await Line(output) ?? string.Empty);
        }

        await Eventually.Ends(Task.WhenAll(first, second));
        lines.Where(static line => line[0] == 'a').Should().Equal(Enumerable.Range(0, count).Select(static i => $"a-{i}-end"));
        lines.Where(static line => line[0] == 'b').Should().Equal(Enumerable.Range(0, count).Select(static i => $"b-{i}-end"));
    }

    [Test]
    public async Task A_last_line_without_an_end_is_written_and_ended()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync("read", "-L", folder.File("one", "x\ny"u8), folder.File("two", ""u8), folder.File("three", "\n"u8));

        result.Text.Should().Be($"{folder["one"]}: x\n{folder["one"]}: y\n{folder["three"]}: \n");
        result.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task Following_reports_what_cannot_be_read_and_goes_on_with_the_others()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync("read", "--follow", folder["missing"], folder.File("file", "content"u8));

        result.Text.Should().Be("content");
        result.Error.Should().Be($"uring: {folder["missing"]}: No such file or directory\n");
        result.ExitCode.Should().Be(1);
    }

    [TestCase("INT", 130)]
    [TestCase("TERM", 143)]
    public async Task A_signal_ends_following_and_a_write_that_waits_for_its_reader(string signal, int exitCode)
    {
        using TempFolder folder = new();
        foreach (string command in new[] { "read --follow p", "write p" })
        {
            using var process = UringProcess.StartShell(folder.FullPath, $"rm -f p; mkfifo p; echo ready >&2; exec \"$U\" {command}");
            await Eventually.Holds(() => OpenDescriptors.Of(folder["p"], process.Id) > 0, () => $"{command} has not opened the pipe");
            long signalled = Stopwatch.GetTimestamp();

            process.Signal(signal);
            UringResult result = await process.EndAsync();

            result.ExitCode.Should().Be(exitCode);
            result.Error.Should().Be("ready\n");
            Stopwatch.GetElapsedTime(signalled).Should().BeLessThan(TimeSpan.FromSeconds(10));
        }
    }

    [Test]
    public async Task Standard_input_is_written_into_a_pipe_as_soon_as_somebody_reads()
    {
        using TempFolder folder = new();
        byte[] content = new byte[300_000];
        new Random(1).NextBytes(content);
        string file = folder.File("file", content);

        UringResult result = await UringProcess.RunShellAsync(
            folder.FullPath, $"mkfifo p; \"$U\" write p < '{file}' & cat p > out; wait $!; echo $?; cat '{file}' | \"$U\" write p & cat p > out2; wait $!; echo $?");

        result.Text.Should().Be("0\n0\n", result.Error);
        File.ReadAllBytes(folder["out"]).AsSpan().SequenceEqual(content).Should().BeTrue();
        File.ReadAllBytes(folder["out2"]).AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Test]
    public async Task Writing_says_what_is_wrong()
    {
        using TempFolder folder = new();
        folder.File("file", "x"u8);

        UringResult result = await UringProcess.RunShellAsync(
            folder.FullPath,
            "for f in missing file .; do \"$U\" write $f; echo $?; done; mkfifo p; \"$U\" write -t 0.2 p; echo $?; "
                + "(exec < p) & yes | \"$U\" write p; echo $?; \"$U\" write; echo $?");

        result.Text.Should().StartWith("1\n1\n1\n124\n141\n2\n");
        result.Error.Should().StartWith("uring: missing: No such file or directory\nuring: file: not a named pipe\nuring: .: not a named pipe\n");
    }

    private static Task<string?> Line(StreamReader output) => Eventually.Ends(output.ReadLineAsync());

    private static async Task WriteAsync(string fifo, string text)
    {
        // The open blocks until the tool has opened its end.
        await using FileStream writer = await Task.Run(() => File.OpenWrite(fifo)).WaitAsync(Eventually.Deadline);
        await writer.WriteAsync(Encoding.UTF8.GetBytes(text));
    }

    private static async Task WriteInPiecesAsync(string fifo, char name, int count)
    {
        await using FileStream writer = await Task.Run(() => new FileStream(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0)).WaitAsync(Eventually.Deadline);
        for (int i = 0; i < count; i++)
        {
            foreach (string piece in new[] { $"{name}-", $"{i}", "-end\n" })
            {
                await writer.WriteAsync(Encoding.ASCII.GetBytes(piece));
            }
        }
    }
}
