using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using UringSharp.Cli.Demo;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Commands;

/// <summary>uring demo: the proof.</summary>
internal sealed class DemoCommand : UringCommand
{
    /// <summary>What the unwinding after Ctrl-C may take.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private readonly Option<bool> _quick = new("--quick", "-q")
    {
        Description = "A short run with smaller figures, about 15 seconds. Default: the whole, about a minute.",
    };

    private readonly Option<int?> _step = new("--step", "-s")
    {
        HelpName = "N",
        Description = "Run only step 1, 2, 3 or 4. Default: all.",
    };

    private readonly Option<string?> _folder = new("--folder", "-f")
    {
        HelpName = "PATH",
        Description = "Where the pipes and a file of 256 MiB (32 with --quick) are made, in a folder of their own that is deleted at the end. "
            + "Default: the first of /var/tmp, the current folder and the temporary folder that is on a disk with direct I/O.",
    };

    internal DemoCommand()
        : base("demo", "Proves it side by side with FileStream: waits without threads, cancellation that\n"
            + "works, no lost message, random reads, throughput. Real pipes, real writers.")
    {
        Options.Add(_quick);
        Options.Add(_step);
        Options.Add(_folder);
        _step.CustomParser = ParseStep;
        SetAction(line => Run(new DemoPlan(line.GetValue(_quick)), line.GetValue(_step), line.GetValue(_folder)));
    }

    /// <inheritdoc/>
    internal override string Synopsis => "[--quick] [--step N] [--folder PATH]";

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Details =>
    [
        "1  a thousand pipes nobody writes to, a read pending on each, then all cancelled\n"
            + "2  a select loop of two thousand rounds against a process that sends numbered messages\n"
            + "3  a file of 256 MiB read at random, checked against its SHA-256\n"
            + "4  reads a second and processor time a read, against RandomAccess.ReadAsync in turn",
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("uring demo", "everything"),
        ("uring demo --quick --step 2", "the select loop alone, shorter"),
        ("uring demo --folder /mnt/data", "measure that disk"),
        ("uring demo | tee proof.txt", "plain text"),
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(int Code, string Meaning)> ExitCodes =>
    [
        (ExitCode.Success, "every claim holds"),
        (ExitCode.Failure, "a claim does not hold, or io_uring is not available; throughput figures are information, not claims"),
        (ExitCode.Usage, "the command line is wrong"),
        (ExitCode.HungUp, "the terminal was closed (SIGHUP)"),
        (ExitCode.Interrupted, "Ctrl-C (SIGINT); files and processes of the demo are gone"),
        (ExitCode.Terminated, "SIGTERM; likewise"),
    ];

    private static int? ParseStep(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int step) && step >= 1 && step <= DemoRun.Steps.Count)
        {
            return step;
        }

        result.AddError($"'{text}' is not a step: --step takes a number from 1 to {DemoRun.Steps.Count}.");
        return null;
    }

    private static int Run(DemoPlan plan, int? step, string? folder)
    {
        if (ScratchPlace.Find(folder) is not { } place)
        {
            StandardError.Write($"{folder ?? "no folder"}: cannot be written to; --folder PATH names another.");
            return ExitCode.Failure;
        }

        if (place.FreeBytes < plan.FileLength * 2)
        {
            StandardError.Write($"{place.Folder}: {Figures.Mebibytes(plan.FileLength * 2)} of free space are needed, {Figures.Mebibytes(place.FreeBytes)} are there.");
            return ExitCode.Failure;
        }

        return Conduct(plan, step, place);
    }

    private static int Conduct(DemoPlan plan, int? step, ScratchPlace place)
    {
        using Scratch scratch = new(place.Folder);
        using Interruption interruption = new(s_grace, cleanUp: scratch.Dispose);
        var report = Report.ForStandardOutput();
        report.Heading(
            $"UringSharp on Linux {UringSupport.Current.KernelVersion}, {Figures.Count(Environment.ProcessorCount, "processor")}, "
            + $"files in {place.Folder} ({place.FileSystem})");
        if (place.IsInMemory)
        {
            report.Text("That is memory: steps 3 and 4 say nothing of a disk. --folder PATH names another place.");
        }

        try
        {
            DemoRun.Run(new DemoSession(plan, report, place, scratch, interruption.Token), step);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }

        if (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }

        report.Heading(report.Claims == 0
            ? "Done; nothing was claimed."
            : report.FailedClaims == 0
            ? $"{Figures.Count(report.Claims, "claim")}, all of them hold."
            : $"{Figures.Count(report.FailedClaims)} of {Figures.Count(report.Claims, "claim")} do not hold.");
        return report.FailedClaims == 0 ? ExitCode.Success : ExitCode.Failure;
    }
}
