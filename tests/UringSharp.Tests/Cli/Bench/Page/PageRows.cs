using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench.Page;

/// <summary>Results to make pages of.</summary>
internal static class PageRows
{
    /// <summary>A row that is not slower, unless told otherwise.</summary>
    public static JsonRow Row(string name, double ratio = 2, double cpuRatio = 0.5, string unit = "ops/s", JsonDetails? details = null, string backend = "io_uring") => new(
        name, unit, 1000 * ratio, 1000, 3000, ratio, cpuRatio, 0, 5, details, Run(backend));

    /// <summary>Details with a contender of each kind.</summary>
    public static JsonDetails Details(
        string description = "what it does", JsonSpread? again = null, string? whyNotFaster = null, JsonLatencies? latencies = null, params JsonVerdict[] verdicts) => new(
        description, null, null, again, verdicts,
        [
            Contender("UringSharp", JsonContender.Ours, 2000, 2, latencies), Contender("RandomAccess", JsonContender.Best, 1000, 4), Contender("FileStream", JsonContender.Other, 900, 5),
            Contender("RandomAccess", JsonContender.Again, 990, 4), Contender("C", JsonContender.Ceiling, 3000, 1),
        ],
        whyNotFaster);

    private static JsonContender Contender(string name, string role, double figure, double processor, JsonLatencies? latencies = null) => new(
        name, role, new JsonSpread(figure, figure / 2, figure * 2), processor, 0, 3, null, null, latencies, [new JsonFinding("a finding", "B", new JsonSpread(7, 7, 7))]);

    private static JsonRun Run(string backend) => new(
        new DateTimeOffset(2026, 11, 28, 12, 30, 0, TimeSpan.Zero), "1.2.3", "quick", 5, 200, 1024, 20, null, backend,
        new JsonMachine("A processor", 2, "X64", 4096, "6.18.1", "Debian", ".NET 10"), new JsonDisk("/data", "ext4", "/dev/sda", HasDirectIo: true), "0.00 0.00 0.00", [],
        [new JsonSkip("stat-10k", "no <room>")]);
}
