using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>What is done to a process: it ends with everything pending, is stopped and goes on, starts others.</summary>
[NonParallelizable]
public sealed class HostileProcessTests
{
    /// <summary>The child ends within 100 ms (measured); here what is far from it, whatever else the machine does.</summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(5);

    [Test]
    public async Task A_process_ends_at_once_with_ten_thousand_reads_pending([Values("return", "exit")] string how)
    {
        const string count = "10000";
        using TempFolder folder = new();
        using Process process = TestChild.Start("end-with-pending-reads", folder.Fifo(), count, how);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        await Eventually.Ends(process.WaitForExitAsync());
        long ended = Stopwatch.GetTimestamp();
        ChildResult child = new(process.ExitCode, await output, await errors);
        child.ShouldHaveSucceeded();
        child["waiting"].Should().Be(count);
        TimeSpan end = Stopwatch.GetElapsedTime(long.Parse(child["ends at"], CultureInfo.InvariantCulture), ended);
        await TestContext.Out.WriteLineAsync($"ended within {end.TotalMilliseconds:0.0} ms");
        end.Should().BeLessThan(s_longestEnd);
    }

    [Test]
    public async Task A_process_that_was_stopped_goes_on_where_it_was()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        using Process process = TestChild.Start("echo-slowly", fifo);
        await using StreamWriter input = new(await Task.Run(() => File.OpenWrite(fifo)).WaitAsync(Eventually.Deadline)) { AutoFlush = true };
        for (int i = 0; i < 5; i++)
        {
            await input.WriteLineAsync(i.ToString(CultureInfo.InvariantCulture));
            Signal("STOP");
            await Eventually.Holds(() => State() == 'T', () => $"state {State()}");
            Signal("CONT");
            (await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline)).Should().Be($"echo: {i}");
        }

        input.Close();
        (await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline)).Should().Be("idle: 1");
        await Eventually.Ends(process.WaitForExitAsync());
        process.ExitCode.Should().Be(0);

        void Signal(string name)
        {
            using Process kill = NativeHelpers.Start("/bin/kill", $"-{name}", process.Id.ToString(CultureInfo.InvariantCulture));
            kill.WaitForExit();
        }

        char State()
        {
            string stat = File.ReadAllText($"/proc/{process.Id}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
    }

    [Test]
    public async Task A_process_that_is_started_inherits_no_descriptor()
    {
        // Whoever started the tests may have left something open for their children.
        int before = (await InheritedAsync()).Length;
        using TempFolder folder = new();
        string path = folder.File("file", [1, 2, 3]);
        string fifo = folder.Fifo();
        await using UringContext context = new();
        await using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.ReadWrite, new UringFileOptions { Context = context });
        await using UringFileStream stream = await UringFileStream.OpenAsync(path, new FileStreamOptions { Share = FileShare.ReadWrite }, context);
        await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo, new NamedPipeOptions { Context = context });
        await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo, new NamedPipeOptions { Context = context });
        (UringPipeStream first, UringPipeStream second) = UringPipeStream.CreatePair(context);
        ValueTask<int> reading = reader.ReadAsync(new byte[1]);
        using var handle = UringHandle.FromHandle(stream.SafeFileHandle, ownsHandle: false, context);

        string[] inherited = await InheritedAsync();
        inherited.Should().HaveCount(before);
        inherited.Should().NotContain(entry => entry.Contains("io_uring", StringComparison.Ordinal) || entry.Contains("eventfd", StringComparison.Ordinal)
            || entry.Contains(folder.FullPath, StringComparison.Ordinal));

        await writer.WriteAsync(new byte[1]);
        (await reading).Should().Be(1);
        await first.DisposeAsync();
        await second.DisposeAsync();

        static async Task<string[]> InheritedAsync()
        {
            using Process process = NativeHelpers.Start("/bin/ls", "-l", "/proc/self/fd");
            string open = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return [.. open.Split('\n').Where(static line => line.Contains("->", StringComparison.Ordinal))];
        }
    }
}
