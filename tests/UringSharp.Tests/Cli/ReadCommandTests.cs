using System.Diagnostics;
using System.Text;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Cli;

public sealed class ReadCommandTests
{
    [Test]
    public async Task A_file_comes_out_as_it_is()
    {
        using TempFolder folder = new();
        byte[] content = new byte[1_000_003];
        new Random(1).NextBytes(content);

        UringResult result = await UringProcess.RunAsync("read", folder.File("file", content));

        result.ExitCode.Should().Be(0);
        result.Output.AsSpan().SequenceEqual(content).Should().BeTrue();
        result.Error.Should().BeEmpty();
    }

    [Test]
    public async Task Several_paths_come_out_in_their_order_with_standard_input_where_the_dash_is()
    {
        using TempFolder folder = new();
        using var process = UringProcess.Start("read", folder.File("a", "first "u8), "-", folder.File("b", " third"u8));
        process.Input.Write("second"u8);
        process.Input.Close();

        UringResult result = await process.EndAsync();

        result.Text.Should().Be("first second third");
        result.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task Without_a_path_standard_input_is_read()
    {
        using var process = UringProcess.Start("read");
        process.Input.Write("through a pipe"u8);
        process.Input.Close();

        UringResult result = await process.EndAsync();

        result.Text.Should().Be("through a pipe");
        result.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task A_file_on_standard_input_is_read_from_its_position_and_left_at_its_end()
    {
        using TempFolder folder = new();
        folder.File("file", "head\nrest\n"u8);

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, "{ read line; \"$U\" read; echo then; cat; } < file");

        result.Text.Should().Be("rest\nthen\n");
    }

    [Test]
    public async Task Output_goes_where_the_shell_left_off()
    {
        using TempFolder folder = new();
        folder.File("a", "one\n"u8);

        await UringProcess.RunShellAsync(folder.FullPath, "{ \"$U\" read a; echo two; \"$U\" read a; } > out");

        File.ReadAllText(folder["out"]).Should().Be("one\ntwo\none\n");
    }

    [Test]
    public async Task A_pipe_given_by_the_number_of_its_descriptor_ends_although_its_writer_has_left()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, ": | \"$U\" read /dev/stdin; echo x | \"$U\" read /dev/fd/0 /proc/self/fd/0");

        result.Text.Should().Be("x\n");
        result.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task A_named_pipe_is_waited_for_until_its_first_writer_comes_and_ends_with_the_last()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        using var process = UringProcess.Start("read", fifo);

        // Each open blocks until the tool has opened its end.
        await WriteAsync(fifo, "once ");
        UringResult result = await process.EndAsync();

        result.Text.Should().Be("once ");
        result.ExitCode.Should().Be(0);
    }

    [TestCase("INT", 130)]
    [TestCase("TERM", 143)]
    public async Task A_signal_ends_a_waiting_read_at_once(string signal, int exitCode)
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        using var process = UringProcess.Start("read", fifo);
        await using FileStream writer = await OpenAsync(fifo);
        writer.WriteByte((byte)'x');
        await process.Output.ReadExactlyAsync(new byte[1]);
        long signalled = Stopwatch.GetTimestamp();

        process.Signal(signal);
        UringResult result = await process.EndAsync();

        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().BeEmpty();
        Stopwatch.GetElapsedTime(signalled).Should().BeLessThan(TimeSpan.FromSeconds(3));
    }

    [Test]
    public async Task A_signal_ends_a_read_whose_output_nobody_takes()
    {
        using var process = UringProcess.Start("read", "/dev/zero");
        await process.Output.ReadExactlyAsync(new byte[1]);

        process.Signal("INT");
        UringResult result = await process.EndWithoutOutputAsync();

        result.ExitCode.Should().Be(130);
    }

    [Test]
    public async Task A_timeout_ends_a_waiting_read()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync("read", "--timeout", "0.25", folder.Fifo());

        result.ExitCode.Should().Be(124);
        result.Error.Should().BeEmpty();
    }

    [Test]
    public async Task A_timeout_that_is_not_needed_changes_nothing()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync("read", "--timeout", "1000", folder.File("file", "content"u8));

        result.Text.Should().Be("content");
        result.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task A_path_that_cannot_be_read_is_reported_and_the_next_one_read()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync("read", folder["missing"], folder.FullPath, folder.File("file", "content"u8));

        result.Text.Should().Be("content");
        result.Error.Should().Be($"uring: {folder["missing"]}: No such file or directory\nuring: {folder.FullPath}: Is a directory\n");
        result.ExitCode.Should().Be(1);
    }

    [Test]
    public async Task A_file_that_may_not_be_read_is_reported()
    {
        using TempFolder folder = new();
        File.SetUnixFileMode(folder.File("secret", "content"u8), UnixFileMode.None);
        File.SetUnixFileMode(folder.FullPath, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite | UnixFileMode.OtherExecute);
        const string asNobody = "[ $(id -u) != 0 ] || set -- setpriv --reuid 65534 --regid 65534 --clear-groups; ";
        if ((await UringProcess.RunShellAsync(folder.FullPath, asNobody + "\"$@\" test -x \"$U\"")).ExitCode != 0)
        {
            Assert.Ignore($"Another user may not run {UringProcess.Program}.");
        }

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, asNobody + "\"$@\" \"$U\" read secret");

        result.Error.Should().Be("uring: secret: Permission denied\n");
        result.ExitCode.Should().Be(1);
    }

    [Test]
    public async Task A_reader_who_has_left_ends_it_quietly()
    {
        using var process = UringProcess.Start("read", "/dev/zero");
        await process.Output.ReadExactlyAsync(new byte[1]);

        process.Output.Close();
        UringResult result = await process.EndWithoutOutputAsync();

        result.ExitCode.Should().Be(141);
        result.Error.Should().BeEmpty();
    }

    [Test]
    public async Task A_full_disk_is_reported()
    {
        using TempFolder folder = new();
        folder.File("file", "content"u8);

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, "\"$U\" read file > /dev/full");

        result.Error.Should().Be("uring: standard output: No space left on device\n");
        result.ExitCode.Should().Be(1);
    }

    [Test]
    public async Task A_closed_standard_input_is_reported()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, "\"$U\" read <&-");

        result.Error.Should().Be("uring: standard input: Bad file descriptor\n");
        result.ExitCode.Should().Be(1);
    }

    [Test]
    public async Task A_file_is_not_copied_into_itself()
    {
        using TempFolder folder = new();
        folder.File("file", "content"u8);

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, "\"$U\" read file >> file");

        result.Error.Should().Be("uring: file: input file is output file\n");
        result.ExitCode.Should().Be(1);
        File.ReadAllText(folder["file"]).Should().Be("content");
    }

    private static Task<FileStream> OpenAsync(string fifo) =>
        Eventually.Ends(Task.Run(() => new FileStream(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)));

    private static async Task WriteAsync(string fifo, string text)
    {
        await using FileStream writer = await OpenAsync(fifo).ConfigureAwait(false);
        writer.Write(Encoding.UTF8.GetBytes(text));
    }
}
