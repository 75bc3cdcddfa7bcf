using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>What only a process of its own can show: that loops leave nothing behind, and that a process can end while one runs.</summary>
public sealed class LoopProcessTests
{
    private const int KiBAllowed = 64 * 1024;

    [Test]
    public async Task Loops_that_end_with_requests_unfinished_leave_nothing()
    {
        int loops = SoakTime.IsLong ? 100_000 : 2_000;
        string text = loops.ToString(CultureInfo.InvariantCulture);
        using Process process = TestChild.Start("leave-loops", text);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await Eventually.Ends(process.WaitForExitAsync(), TimeSpan.FromHours(1));
        }
        finally
        {
            process.Kill();
        }

        ChildResult result = new(process.ExitCode, await output, await errors);
        await TestContext.Out.WriteLineAsync(result.Output);
        result.ShouldHaveSucceeded();

        result["ended on their loops"].Should().Be(text);
        result["ended on the pool"].Should().Be(text);

        // Idle threads of the blocking pool live on for some seconds.
        Number("late threads").Should().BeLessThan(Number("early threads") + 10);
        Number("late descriptors").Should().BeLessThanOrEqualTo(Number("early descriptors"));
        Number("late ring mappings").Should().Be(0);
        Growth("address space in KiB").Should().BeLessThan(KiBAllowed);
        Growth("resident KiB").Should().BeLessThan(KiBAllowed);
        Growth("managed KiB").Should().BeLessThan(4 * 1024);

        long Number(string name) => long.Parse(result[name], CultureInfo.InvariantCulture);
        long Growth(string name) => Number($"late {name}") - Number($"early {name}");
    }

    [TestCase("exit")]
    [TestCase("exit-in-finally")]
    [TestCase("exit-elsewhere")]
    public async Task A_process_that_exits_in_a_loop_ends_with_its_exit_code(string how)
    {
        ChildResult result = await TestChild.RunAsync("end-in-loop", how);

        result.ExitCode.Should().Be(7, "{0}", result);
        result["process exit"].Should().Be("seen");
        result.Errors.Should().BeEmpty();
    }

    [Test]
    public async Task A_process_ends_while_a_loop_runs_on_a_background_thread()
    {
        ChildResult result = (await TestChild.RunAsync("end-in-loop", "background")).ShouldHaveSucceeded();

        result["main"].Should().Be("returned");
        result["process exit"].Should().Be("seen");
        result.Errors.Should().BeEmpty();
    }
}
