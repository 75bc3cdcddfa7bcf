using System.Text.Json;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Cli;

public sealed class BenchCommandTests
{
    /// <summary>As short as it gets: the machinery, not the figures.</summary>
    private static readonly string[] s_short = ["--rounds", "2", "--round-milliseconds", "20", "--file-mebibytes", "4"];

    private static readonly string[] s_fast = ["--rounds", "1", "--round-milliseconds", "1"];

    /// <summary>Plain C measures by a ring, where there is one.</summary>
    private static readonly string[] s_figures = ["ours", "baseline", .. UringSupport.Current.IsAvailable ? ["ceiling"] : Array.Empty<string>(), "ratio", "cpu_ratio"];

    [Test]
    public async Task The_rows_can_be_listed()
    {
        UringResult result = await UringProcess.RunAsync("bench", "--list", "--rows", "read-cached-4k-*,write-direct-4k-qd128");

        result.ExitCode.Should().Be(0);
        string[] names = [.. result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim().Split(' ')[0])];
        names.Should().Equal("read-cached-4k-qd1", "read-cached-4k-qd1-observed", "read-cached-4k-qd32", "read-cached-4k-qd128", "write-direct-4k-qd128");
        result.Text.Should().Contain("≥ 3.80").And.Contain("CPU ≤ 0.25");
    }

    [Test]
    public async Task A_row_that_does_not_exist_is_told_with_those_that_do()
    {
        UringResult result = await UringProcess.RunAsync("bench", "--rows", "read-cached-*,nothing");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("'nothing' names no row").And.Contain("read-cached-4k-qd1, ").And.Contain("small-files-cold");
        result.Text.Should().BeEmpty();
    }

    [TestCase("read-cached-4k-qd1", "A/A: ")]
    [TestCase("read-cold-4k-qd4", "threads")]
    [TestCase("write-buffered-4k-qd32", "A/A: ")]
    [TestCase("small-files-cached", "A/A: ")]
    public async Task A_row_is_measured_shown_and_written_as_json(string row, string shown)
    {
        using TempFolder folder = new();
        using TempFolder results = new();

        UringResult result = await UringProcess.RunAsync(["bench", .. s_short, "--rows", row, "--folder", folder.FullPath, "--json", results["json"]]);

        result.ExitCode.Should().Be(0, "it printed {0}{1}", result.Text, result.Error);
        result.Text.Should().NotContain("SKIPPED").And.ContainAll(row, "UringSharp", "RandomAccess", "FileStream", "  C ", "CPU µs/op", "B/op", "Summary", shown);
        using var json = JsonDocument.Parse(File.ReadAllBytes(results["json"]));
        JsonElement only = json.RootElement.EnumerateArray().Should().ContainSingle().Subject;
        only.GetProperty("name").GetString().Should().Be(row);
        only.GetProperty("rounds").GetInt32().Should().Be(2);
        s_figures.Should().OnlyContain(name => only.GetProperty(name).GetDouble() > 0);
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty("the benchmark cleans up");
    }

    [TestCase("stream-read-64k-cold", "FileStream, 128 KiB")]
    [TestCase("stream-read-64k-cached", "FileStream, 4 KiB")]
    [TestCase("stream-write-4k", "FileStream")]
    [TestCase("stream-write-4k-fsync", "A/A: FileStream again")]
    [TestCase("stream-copy-1g-cached", "FileStream")]
    [TestCase("file-copy-1g", "File.Copy")]
    [TestCase("stat-10k", "File")]
    public async Task So_is_a_row_of_streams_or_paths(string row, string baseline)
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync(["bench", .. s_short, "--rows", row, "--folder", folder.FullPath]);

        result.ExitCode.Should().Be(0, "it printed {0}{1}", result.Text, result.Error);
        result.Text.Should().NotContain("SKIPPED").And.ContainAll(row, "UringSharp", baseline, "  C ", "B/op", "Summary");
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty("the benchmark cleans up");
    }

    [Test]
    public async Task So_are_rows_of_pipes_each_contender_in_a_process_of_its_own()
    {
        using TempFolder folder = new();
        using TempFolder results = new();

        UringResult result = await UringProcess.RunAsync(
            ["bench", .. s_short, "--rows", "fifo-pingpong-64b,cancel-rate", "--folder", folder.FullPath, "--json", results["json"]]);

        result.ExitCode.Should().Be(0, "it printed {0}{1}", result.Text, result.Error);
        result.Error.Should().BeEmpty();
        result.Text.Should().NotContain("SKIPPED").And.ContainAll("fifo-pingpong-64b", "FileStream", "to C µs", "cancel-rate", "rate", "bar ≥ 50 000 ops/s", "Summary");
        using var json = JsonDocument.Parse(File.ReadAllBytes(results["json"]));
        JsonElement[] rows = [.. json.RootElement.EnumerateArray()];
        rows.Select(static row => row.GetProperty("unit").GetString()).Should().Equal("µs", "ops/s");
        s_figures.Should().OnlyContain(name => rows[0].GetProperty(name).GetDouble() > 0);
        rows[1].GetProperty("baseline").ValueKind.Should().Be(JsonValueKind.Null, "FileStream cannot cancel");
        rows[1].GetProperty("ceiling").ValueKind.Should().Be(UringSupport.Current.IsAvailable ? JsonValueKind.Number : JsonValueKind.Null);
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty("the benchmark cleans up");
    }

    [Test]
    public async Task A_row_that_cannot_be_measured_here_is_skipped_with_its_reason()
    {
        UringResult result = await UringProcess.RunAsync(["bench", .. s_short, "--rows", "read-cached-4k-qd1", "--folder", "/proc"]);

        result.ExitCode.Should().Be(0);
        result.Text.Should().Contain("SKIPPED: /proc: cannot be written to").And.Contain("No row was measured.");
    }

    [Test]
    public async Task A_json_file_that_cannot_be_written_is_reported()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync(
            ["bench", .. s_short, "--rows", "read-cached-4k-qd1", "--folder", folder.FullPath, "--json", folder["missing/json"]]);

        result.ExitCode.Should().Be(1);
        result.Error.Should().Be($"uring: {folder["missing/json"]}: No such file or directory\n");
    }

    [Test]
    public async Task A_page_is_made_of_a_run_and_the_same_of_its_json()
    {
        using TempFolder folder = DiskFolder.Create();
        using TempFolder results = new();

        UringResult measured = await UringProcess.RunAsync(
            ["bench", .. s_short, "--rows", "read-direct-4k-qd1,read-direct-4k-qd4", "--folder", folder.FullPath, "--json", results["json"], "--html", results["run"]]);
        UringResult drawn = await UringProcess.RunAsync("bench", "--from", results["json"], "--html", results["again"], "--svg", results["picture"]);

        measured.ExitCode.Should().Be(0, "it printed {0}{1}", measured.Text, measured.Error);
        drawn.Should().BeEquivalentTo(new { ExitCode = 0, Text = string.Empty, Error = string.Empty });
        string page = File.ReadAllText(results["run"]);
        page.Should().ContainAll("read-direct-4k-qd4", "RandomAccess", "Reads past the page cache (O_DIRECT): CPU", "Where UringSharp is not faster", "≥&#160;1.15");
        File.ReadAllText(results["again"]).Should().Be(page);
        File.ReadAllText(results["picture"]).Should().StartWith("<svg").And.Contain("reads a second");
    }

    [TestCase(2, "bench --from json", "uring: --from needs --html FILE or --svg FILE: what to make.\n")]
    [TestCase(2, "bench --from json --html page --quick", "uring: --from measures nothing, so --quick has no meaning beside it.\n")]
    [TestCase(1, "bench --from missing --html page", "uring: missing: No such file or directory\n")]
    [TestCase(1, "bench --from json --html missing/page", "uring: missing/page: No such file or directory\n")]
    [TestCase(1, "bench --from json --html page", "uring: json: these are no results of `uring bench --json`\n")]
    public async Task A_page_that_cannot_be_made_is_told(int exitCode, string line, string error)
    {
        using TempFolder folder = new();
        folder.File("json", "{}"u8);

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, $"$U {line}");

        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().StartWith(error);
        File.Exists(folder["page"]).Should().BeFalse();
    }

    [Test]
    public async Task A_disk_is_measured_with_a_file_that_is_gone_afterwards()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync(["bench", .. s_fast, "--size", "1M", "--folder", folder.FullPath, "--depth", "2,3"]);

        result.ExitCode.Should().Be(0, "it printed {0}{1}", result.Text, result.Error);
        result.Text.Should().ContainAll("a file of 1 MiB", "Is it worth it?", "reads of 4 KiB, cached, 2 in flight", "writes of 4 KiB, 3 in flight", "reads of 4 KiB, not cached, 3 in flight", "MB/s", "orth it here");
        result.Text.Should().NotContain("1 in flight");
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty();
    }

    [TestCase("--direct", "direct reads of 4 KiB, 1 in flight", "cached")]
    [TestCase("--buffered", "reads of 4 KiB, cached, 1 in flight", "direct reads")]
    public async Task A_file_that_is_there_is_only_read(string option, string expected, string unexpected)
    {
        using TempFolder folder = DiskFolder.Create();
        byte[] content = new byte[(2 << 20) + 17];
        Random.Shared.NextBytes(content);
        string path = folder.File("mine", content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);

        UringResult result = await UringProcess.RunAsync(["bench", .. s_fast, "--file", path, option, "--depth", "1"]);

        result.ExitCode.Should().Be(0, "it printed {0}{1}", result.Text, result.Error);
        result.Text.Should().ContainAll(path, "the file is only read", expected).And.NotContainAny(unexpected, "writes", "not cached");
        File.ReadAllBytes(path).Should().Equal(content);
        File.GetLastWriteTimeUtc(path).Should().Be(DateTime.UnixEpoch);
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().ContainSingle();
    }

    [TestCase("--size 1M --buffered --depth 1", "reads of 4 KiB, cached, 1 in flight")]
    [TestCase("--rows read-cold-4k-qd1,cancel-rate --file-mebibytes 1", "cancel-rate")]
    public async Task Where_io_uring_is_denied_the_portable_backend_is_measured(string options, string expected)
    {
        using TempFolder folder = new();
        string deny = Path.Combine(NativeHelpers.Recorded("NativeDirectory"), "child-deny");

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, $"'{deny}' EPERM $U bench {string.Join(' ', s_fast)} --folder . {options}");

        result.ExitCode.Should().Be(0, "it printed {0}{1}", result.Text, result.Error);
        result.Text.Should().ContainAll("portable backend is measured", "seccomp", expected).And.NotContain("SKIPPED");
    }

    [TestCase("--file missing", "missing: No such file or directory")]
    [TestCase("--file .", ".: Is a directory; --folder PATH measures with a file of its own there")]
    [TestCase("--file /dev/null", "/dev/null: not a regular file")]
    [TestCase("--file small", "small: too small, 1 MiB are needed at least")]
    [TestCase("--size 1M --folder missing", "missing: No such file or directory")]
    [TestCase("--size 1M --folder small", "small: Not a directory; --file PATH measures a file that is there")]
    [TestCase("--size 1M --direct --folder /dev/shm", "/dev/shm: O_DIRECT is refused, or there is no disk beneath; without --direct the page cache is measured")]
    public async Task A_disk_that_cannot_be_measured_is_told(string options, string error)
    {
        using TempFolder folder = new();
        folder.File("small", "x"u8);

        UringResult result = await UringProcess.RunShellAsync(folder.FullPath, $"$U bench {string.Join(' ', s_fast)} {options}");

        result.ExitCode.Should().Be(1, "it printed {0}", result.Text);
        result.Error.Should().Be($"uring: {error}\n");
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().ContainSingle();
    }

    [Test]
    public async Task So_is_a_file_that_would_not_fit()
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync("bench", "--size", "1T", "--folder", folder.FullPath);

        result.ExitCode.Should().Be(1);
        result.Error.Should().StartWith($"uring: {folder.FullPath}: ").And.Contain("MiB of free space are needed").And.Contain("--size SIZE makes a smaller file");
    }

    [TestCase("--size 1K", "uring: '1K' is not a size: --size takes 1 MiB to 1 024 GiB, as 512M or 2G.")]
    [TestCase("--size lots", "uring: 'lots' is not a size: --size takes 1 MiB to 1 024 GiB, as 512M or 2G.")]
    [TestCase("--depth 0", "uring: '0' is not a list of depths: --depth takes numbers from 1 to 512 with commas between.")]
    [TestCase("--depth 1,,2", "uring: '1,,2' is not a list of depths: --depth takes numbers from 1 to 512 with commas between.")]
    [TestCase("--direct --rows stat-10k", "uring: --direct measures a disk, so --rows has no meaning beside it.")]
    [TestCase("--file a --folder b", "uring: --file or --folder: one of them names the disk.")]
    public async Task A_disk_that_is_not_said_clearly_is_not_measured(string options, string error)
    {
        UringResult result = await UringProcess.RunAsync(["bench", .. options.Split(' ')]);

        result.ExitCode.Should().Be(2);
        result.Error.Should().StartWith(error + "\n");
    }

    [Test]
    public async Task An_interrupted_measurement_of_a_disk_leaves_nothing()
    {
        using TempFolder folder = new();
        using var process = UringProcess.Start("bench", "--size", "8M", "--folder", folder.FullPath);
        await Eventually.Holds(() => Directory.EnumerateFiles(folder.FullPath, "write", SearchOption.AllDirectories).Any(), () => "it has made no file");

        process.Signal("INT");
        UringResult result = await process.EndAsync();

        result.ExitCode.Should().Be(130);
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty();
    }

    [Test]
    public async Task An_interrupted_benchmark_leaves_neither_files_nor_mounts()
    {
        using TempFolder folder = new();
        using var process = UringProcess.Start("bench", "--rows", "read-overlay-4k-qd1", "--file-mebibytes", "4", "--folder", folder.FullPath);
        await Eventually.Holds(() => Directory.EnumerateFiles(folder.FullPath, "read", SearchOption.AllDirectories).Any(), () => "it has made no file");

        process.Signal("INT");
        UringResult result = await process.EndAsync();

        result.ExitCode.Should().Be(130);
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty();
        File.ReadAllText("/proc/self/mounts").Should().NotContain(folder.FullPath);
    }
}
