using UringSharp.Tests.Support;

namespace UringSharp.Tests.Cli;

public sealed class DemoCommandTests
{
    [TestCase(1, 6)]
    [TestCase(2, 5)]
    [TestCase(3, 2)]
    public async Task All_claims_of_a_step_hold(int step, int claims)
    {
        using TempFolder folder = new();

        UringResult result = await UringProcess.RunAsync("demo", "--quick", "--step", $"{step}", "--folder", folder.FullPath);

        result.Text.Should().NotContain("FAIL").And.Contain($"{claims} claims, all of them hold.");
        result.ExitCode.Should().Be(0, "it printed {0}{1}", result.Text, result.Error);
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty("the demo cleans up");
    }

    [Test]
    public async Task An_interrupted_demo_leaves_neither_files_nor_processes()
    {
        using TempFolder folder = new();
        using var process = UringProcess.Start("demo", "--step", "2", "--folder", folder.FullPath);
        IReadOnlyList<string> children = [];
        await Eventually.Holds(() => (children = process.Children()).Count > 0, () => "no writer process was started");

        process.Signal("INT");
        UringResult result = await process.EndAsync();

        result.ExitCode.Should().Be(130);
        Directory.EnumerateFileSystemEntries(folder.FullPath).Should().BeEmpty();
        await Eventually.Holds(() => !children.Any(child => Directory.Exists($"/proc/{child}")), () => string.Join(' ', children) + " still run");
    }

    [Test]
    public async Task A_folder_that_cannot_be_written_to_is_reported()
    {
        UringResult result = await UringProcess.RunAsync("demo", "--folder", "/proc");

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain("/proc: cannot be written to");
    }
}
