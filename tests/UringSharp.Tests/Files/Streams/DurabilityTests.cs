using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>What a flush to the disk has acknowledged is there when the process has been killed.</summary>
public sealed class DurabilityTests : FileTests
{
    private const int Rounds = 50;

    [Test]
    public async Task Acknowledged_records_outlive_a_process_that_is_killed()
    {
        const int seed = 26;
        Random random = new(seed);
        int all = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string path = Folder[string.Create(CultureInfo.InvariantCulture, $"records-{round}")];
            int acknowledged = await WriteUntilKilledAsync(path, 1 + random.Next(20));

            string[] lines = await File.ReadAllLinesAsync(path);
            lines.Length.Should().BeGreaterThanOrEqualTo(acknowledged, "round {0} of seed {1}", round, seed);
            for (int i = 1; i <= acknowledged; i++)
            {
                lines[i - 1].Should().Be(string.Create(CultureInfo.InvariantCulture, $"{i} {new string('x', i * 997 % 6000)}"));
            }

            all += acknowledged;
            File.Delete(path);
        }

        await TestContext.Out.WriteLineAsync($"{all} records acknowledged in {Rounds} processes, seed {seed}");
    }

    /// <summary>Kills the writer after so many acknowledgements; returns the last one it gave.</summary>
    private static async Task<int> WriteUntilKilledAsync(string path, int acknowledgements)
    {
        using Process child = TestChild.Start("append-records", path);
        string? last = null;
        for (int i = 0; i < acknowledgements; i++)
        {
            last = await child.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline) ?? throw new InvalidOperationException(await child.StandardError.ReadToEndAsync());
        }

        child.Kill();
        while (await child.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline) is { Length: > 0 } line)
        {
            last = line;
        }

        await Eventually.Ends(child.WaitForExitAsync());
        return int.Parse(last!, CultureInfo.InvariantCulture);
    }
}
