using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Bench.Disk;

/// <summary>Shows what a disk does.</summary>
internal static class DiskReport
{
    private const string Nothing = "-";
    private static readonly string[] s_contenders = ["FileStream", "RandomAccess", "UringSharp"];

    /// <summary>Shows on what it is measured, before it is.</summary>
    internal static void ShowMachine(Report report, DiskTarget target, BenchPlan pace)
    {
        report.Heading($"UringSharp on Linux {UringSupport.Current.KernelVersion}, {Figures.Count(Environment.ProcessorCount, "processor")}, load {SystemLoad.Text}");
        report.Text($"{target.Description}; {target.Device}");
        report.Text($"up to {Figures.Count(pace.Rounds, "round")} of {Figures.Time(pace.Lap)} for each contender, in turn, after one that does not count; {(target.MayWrite ? "the file is deleted at the end" : "the file is only read")}");
        if (UringSupport.Current.UnavailableReason is { } reason)
        {
            report.Text($"io_uring is not available: the portable backend is measured, which takes its place. {reason}");
        }
        else if (MachineBackend.Current == MachineBackend.Portable)
        {
            report.Text("The portable backend is measured, as the environment asks for.");
        }

        if (!target.HasDirectIO)
        {
            report.Text("There is no direct I/O to a disk there: only what goes through the page cache is measured.");
        }

        if (SystemLoad.IsHigh)
        {
            report.Text($"WARNING: the load of this machine is {SystemLoad.Text}; others are using it, and these figures will show it.");
        }
    }

    /// <summary>Shows the table and the answer.</summary>
    internal static void Show(Report report, IReadOnlyList<RowResult> results)
    {
        report.Heading("Is it worth it?");
        report.Table(
            ["workload", "unit", .. s_contenders.SelectMany(static name => new[] { name, "CPU µs" }), "ratio", "CPU ratio"],
            [.. results.Select(Line)]);
        report.Text("Medians over the rounds; ratios are UringSharp's to the better of the other two (lowest to highest), of CPU time less is better. CPU: user and system time of the whole "
            + "process, kernel workers included, for an operation or a megabyte.");
        report.Text(DiskVerdict.Of([.. results.Select(static result => (result.Row.Name, result.Ratio!.Value.Median, result.CpuRatio!.Value.Median))]));
        report.Text("What no throughput shows: a read that waits takes no thread, and a cancelled one ends at once (uring demo).");
    }

    private static string[] Line(RowResult result) =>
    [
        result.Row.Name,
        result.Row.Unit.Name(),
        .. s_contenders.SelectMany(name => Figure(result, result.Baselines.Append(result.Ours).FirstOrDefault(one => one.Name == name))),
        result.Ratio?.ToString() ?? Nothing,
        result.CpuRatio is { } processor ? Figures.Ratio(processor.Median) : Nothing,
    ];

    private static string[] Figure(RowResult result, Entrant? entrant) =>
        entrant is null ? [Nothing, Nothing] : [Figures.Count((long)result.Figure(entrant)), Figures.Amount(result.Processor(entrant))];
}
