using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using UringSharp.Cli.Bench;
using UringSharp.Cli.Bench.Disk;
using UringSharp.Cli.Bench.Results;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Commands;

/// <summary>uring bench: the figures.</summary>
internal sealed class BenchCommand : UringCommand
{
    private const int BytesInMebibyteShift = 20;

    /// <summary>What the unwinding after Ctrl-C may take: a lap, mostly.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly Option<bool> _quick = new("--quick", "-q")
    {
        Description = "Fewer and shorter rounds, at most ten minutes. Default: the whole, about half an hour.",
    };

    private readonly Option<string?> _json = new("--json", "-j")
    {
        HelpName = "FILE",
        Description = "Write the results there too, as a list of objects.",
    };

    private readonly Option<string?> _html = new("--html")
    {
        HelpName = "FILE",
        Description = "Write the results there too, as a page with charts that needs no network.",
    };

    private readonly Option<string?> _svg = new("--svg")
    {
        HelpName = "FILE",
        Description = "Write a picture of the main figures there too, for a document.",
    };

    private readonly Option<string?> _from = new("--from")
    {
        HelpName = "FILE",
        Description = "Measure nothing, and make the page or the picture of what an earlier run wrote with --json.",
    };

    private readonly Option<RowSelection?> _rows = new("--rows", "-r")
    {
        HelpName = "GLOB",
        Description = "Only rows whose name matches, * for any letters; several globs with commas between. Default: all.",
    };

    private readonly Option<string?> _folder = new("--folder", "-f")
    {
        HelpName = "PATH",
        Description = "Where files of up to 3 GiB in all are made, in a folder of their own that is deleted at the end. "
            + "Default: the first of /var/tmp, the current folder and the temporary folder that is on a disk with direct I/O.",
    };

    private readonly Option<string?> _file = new("--file")
    {
        HelpName = "PATH",
        Description = "Measure the disk this file lies on: FileStream, RandomAccess and UringSharp, in less than a minute. The file is read, never written to.",
    };

    private readonly Option<long?> _size = new("--size", "-s")
    {
        HelpName = "SIZE",
        Description = "Measure the disk with a file of this size, made in --folder and deleted at the end: 512M, 2G. With --file, how much of it is read. Default: 512M.",
    };

    private readonly Option<bool> _direct = new("--direct", "-d") { Description = "Measure the disk past the page cache (O_DIRECT) only." };

    private readonly Option<bool> _buffered = new("--buffered", "-b") { Description = "Measure it through the page cache only." };

    private readonly Option<int[]?> _depth = new("--depth")
    {
        HelpName = "LIST",
        Description = "Measure the disk with so many reads and writes in flight. Default: 1,4,32.",
    };

    private readonly Option<bool> _list = new("--list", "-l") { Description = "Name the rows and their bars, and measure nothing." };

    private readonly Option<int?> _rounds = new("--rounds") { Hidden = true };
    private readonly Option<int?> _roundMilliseconds = new("--round-milliseconds") { Hidden = true };
    private readonly Option<int?> _fileMebibytes = new("--file-mebibytes") { Hidden = true };

    private readonly IMicroRows? _micro;

    /// <summary>Makes the command.</summary>
    /// <param name="micro">Rows beyond its own, or null.</param>
    internal BenchCommand(IMicroRows? micro = null)
        : base("bench", "Measures it against FileStream and RandomAccess, in turn in one process, and\nagainst plain C: operations a second, CPU, allocations.")
    {
        _micro = micro;
        foreach (Option option in new Option[] { _quick, _json, _html, _svg, _from, _rows, _folder, _list, _file, _size, _direct, _buffered, _depth, _rounds, _roundMilliseconds, _fileMebibytes })
        {
            Options.Add(option);
        }

        _rows.CustomParser = ParseRows;
        _size.CustomParser = ParseSize;
        _depth.CustomParser = ParseDepths;
        foreach (Option<int?> number in new[] { _rounds, _roundMilliseconds, _fileMebibytes })
        {
            number.Validators.Add(static result =>
            {
                if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1)
                {
                    result.AddError($"'{value}' is too small: {result.IdentifierToken} takes a number from 1 on.");
                }
            });
        }

        Validators.Add(ValidateFrom);
        Validators.Add(ValidateDisk);
        SetAction(Run);
    }

    /// <inheritdoc/>
    internal override string Synopsis => "[--quick] [--json FILE] [--html FILE] [--svg FILE] [--rows GLOB] [--folder PATH] [--list] | [--file PATH | --folder PATH] "
        + "[--size SIZE] [--direct] [--buffered] [--depth LIST]";

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Details =>
    [
        "Each row shows operations or megabytes a second, CPU time, allocated bytes and threads of each contender, the ratios to the fastest of what .NET has, and "
            + "whether they reach the row's bars. A row that cannot be measured here is skipped and says why.",
        "With one of --file, --size, --direct, --buffered and --depth it does something else: it measures your own disk in less than a minute, and says whether UringSharp is worth it there.",
        "Where a row measures time (µs), less is better, and so is a lower ratio. Contenders of rows about named pipes (fifo-*, cancel-*) have a process each.",
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("uring bench --quick", "everything, roughly"),
        ("uring bench --rows 'read-direct-*,stat-*'", "some of it"),
        ("uring bench --json results.json --folder /mnt/data", "measure that disk, for a program to read"),
        ("uring bench --html page.html", "a page with charts"),
        ("uring bench --from results.json --html page.html", "the same of an earlier run"),
        ("uring bench --list", "what there is"),
        ("uring bench --size 2G --folder /mnt/data", "is it worth it on that disk?"),
        ("uring bench --file big.db --direct --depth 1,64", "is it, for reads of that file?"),
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(int Code, string Meaning)> ExitCodes =>
    [
        (ExitCode.Success, "done; a missed bar or a skipped row is information"),
        (ExitCode.Failure, "a file cannot be read or written, or a disk not be measured"),
        (ExitCode.Usage, "the command line is wrong"),
        (ExitCode.HungUp, "the terminal was closed (SIGHUP)"),
        (ExitCode.Interrupted, "Ctrl-C (SIGINT); files and mounts of the benchmark are gone"),
        (ExitCode.Terminated, "SIGTERM; likewise"),
    ];

    private IReadOnlyList<string> Names => [.. RowCatalog.All.Select(static row => row.Name), .. _micro?.Names ?? []];

    private RowSelection? ParseRows(ArgumentResult result)
    {
        var selection = RowSelection.Of(result.Tokens[0].Value, Names);
        if (selection.Unknown.Count == 0)
        {
            return selection;
        }

        result.AddError($"'{string.Join("', '", selection.Unknown)}' names no row. The rows are: {string.Join(", ", Names)}.");
        return null;
    }

    private int Run(ParseResult line)
    {
        RowSelection? selection = line.GetValue(_rows);
        bool isQuick = line.GetValue(_quick);
        Row[] rows = [.. RowCatalog.All.Where(row => selection is null || selection.Names.Contains(row.Name))];

        // By name, or in a run that has the time.
        string[] micro = [.. (_micro?.Names ?? []).Where(name => selection is null ? !isQuick : selection.Names.Contains(name))];
        if (line.GetValue(_list))
        {
            List(rows, [.. selection is null ? _micro?.Names ?? [] : micro], line.InvocationConfiguration.Output);
            return ExitCode.Success;
        }

        if (DiskOptions.Any(option => line.GetResult(option) is { Implicit: false }))
        {
            return DiskRun.Run(DiskPlanOf(line), PaceOf(line, DiskPlan.Pace));
        }

        if (line.GetValue(_from) is { } from)
        {
            return Draw(from, new BenchFiles(Json: null, line.GetValue(_html), line.GetValue(_svg)));
        }

        return Conduct(PlanOf(line, isQuick), rows, micro, isQuick, line);
    }

    /// <summary>Of results that are there nothing is measured, so whatever says how to has no meaning.</summary>
    private void ValidateFrom(CommandResult result)
    {
        if (result.GetResult(_from) is null)
        {
            return;
        }

        Option? other = new Option[] { _quick, _json, _rows, _folder, _list }.FirstOrDefault(option => result.GetResult(option) is { Implicit: false });
        if (other is not null)
        {
            result.AddError($"{_from.Name} measures nothing, so {other.Name} has no meaning beside it.");
        }
        else if (result.GetResult(_html) is null && result.GetResult(_svg) is null)
        {
            result.AddError($"{_from.Name} needs {_html.Name} FILE or {_svg.Name} FILE: what to make.");
        }
    }

    /// <summary>Makes the page of results that are there.</summary>
    private static int Draw(string from, BenchFiles files)
    {
        try
        {
            return files.CanBeWritten() && files.Write(BenchJson.Deserialize(File.ReadAllBytes(from)), null) ? ExitCode.Success : ExitCode.Failure;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            StandardError.Write($"{from}: {Failure.Text(e)}");
        }
        catch (JsonException)
        {
            StandardError.Write($"{from}: these are no results of `uring bench --json`");
        }

        return ExitCode.Failure;
    }

    /// <summary>Each of these asks for the disk.</summary>
    private IEnumerable<Option> DiskOptions => [_file, _size, _direct, _buffered, _depth];

    private static long? ParseSize(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (ByteSize.TryParse(text, out long bytes) && bytes is >= DiskPlan.LeastLength and <= DiskPlan.MostLength)
        {
            return bytes;
        }

        result.AddError($"'{text}' is not a size: --size takes {ByteSize.Text(DiskPlan.LeastLength)} to {ByteSize.Text(DiskPlan.MostLength)}, as 512M or 2G.");
        return null;
    }

    private static int[]? ParseDepths(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        int[] depths = [.. text.Split(',').Select(static word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int depth) ? depth : 0)];
        if (Array.TrueForAll(depths, static depth => depth is > 0 and <= DiskPlan.MostDepth))
        {
            return [.. depths.Distinct()];
        }

        result.AddError($"'{text}' is not a list of depths: --depth takes numbers from 1 to {DiskPlan.MostDepth} with commas between.");
        return null;
    }

    private void ValidateDisk(CommandResult result)
    {
        if (DiskOptions.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is not { } asked)
        {
            return;
        }

        Option? other = new Option[] { _quick, _json, _html, _svg, _from, _rows, _list }.FirstOrDefault(option => result.GetResult(option) is { Implicit: false });
        if (other is not null)
        {
            result.AddError($"{asked.Name} measures a disk, so {other.Name} has no meaning beside it.");
        }
        else if (result.GetResult(_file) is not null && result.GetResult(_folder) is not null)
        {
            result.AddError($"{_file.Name} or {_folder.Name}: one of them names the disk.");
        }
    }

    private DiskPlan DiskPlanOf(ParseResult line)
    {
        bool isDirect = line.GetValue(_direct);
        bool isBuffered = line.GetValue(_buffered);
        return new DiskPlan(
            line.GetValue(_file), line.GetValue(_folder), line.GetValue(_size), isDirect || !isBuffered, isBuffered || !isDirect, line.GetValue(_depth) is { Length: > 0 } depths ? depths : DiskPlan.DefaultDepths);
    }

    private BenchPlan PlanOf(ParseResult line, bool isQuick)
    {
        BenchPlan plan = isQuick ? BenchPlan.Quick : BenchPlan.Whole;
        return PaceOf(line, plan) with { FileLength = line.GetValue(_fileMebibytes) is { } mebibytes ? (long)mebibytes << BytesInMebibyteShift : plan.FileLength };
    }

    private BenchPlan PaceOf(ParseResult line, BenchPlan plan) => plan with
    {
        Rounds = line.GetValue(_rounds) ?? plan.Rounds,
        Lap = line.GetValue(_roundMilliseconds) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : plan.Lap,
    };

    private static void List(IReadOnlyList<Row> rows, IReadOnlyList<string> micro, TextWriter output)
    {
        List<IReadOnlyList<string>> lines = [.. rows.Select(static row => (IReadOnlyList<string>)
        [
            row.Name, row.Unit.Name(), string.Join(", ", [.. row.Bars.Describe(row.Unit), .. row.Limits.Select(static limit => limit.Describe())]), row.Description,
        ])];
        lines.AddRange(micro.Select(static name => (IReadOnlyList<string>)[name, "time a call"]));
        new PlainReport(output).Table([], lines);
    }

    private int Conduct(BenchPlan plan, Row[] rows, string[] micro, bool isQuick, ParseResult line)
    {
        using BenchPlaces places = new(line.GetValue(_folder));
        using Interruption interruption = new(s_grace, cleanUp: places.Dispose);
        var report = Report.ForStandardOutput();
        BenchFiles files = new(line.GetValue(_json), line.GetValue(_html), line.GetValue(_svg));
        BenchOutcome outcome;
        JsonRun run = RunOf(plan, isQuick, line.GetResult(_rows) is { Tokens: [{ } globs] } ? globs.Value : null, places);
        if (!files.CanBeWritten())
        {
            return ExitCode.Failure;
        }

        try
        {
            BenchReport.ShowMachine(report, places, plan);
            outcome = BenchRun.Run(new BenchSession(plan, report, places, interruption.Token), rows);
            if (rows.Length > 0)
            {
                BenchReport.ShowSummary(report, outcome.Results);
            }

            if (micro.Length > 0)
            {
                RunMicro(report, places, micro, isQuick);
            }
        }
        catch (Exception e) when (e is not OutputException && interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }

        return interruption.Token.IsCancellationRequested ? interruption.ExitCode : files.Write(outcome, run) ? ExitCode.Success : ExitCode.Failure;
    }

    private static JsonRun RunOf(BenchPlan plan, bool isQuick, string? rows, BenchPlaces places) => new(
        DateTimeOffset.UtcNow,
        MachineFacts.Version,
        isQuick ? "quick" : "whole",
        plan.Rounds,
        plan.Lap.TotalMilliseconds,
        plan.FileLength >> BytesInMebibyteShift,
        plan.RowLimit.TotalSeconds,
        rows,
        MachineBackend.Current,
        MachineFacts.Take(),
        MachineFacts.TakeDisk(places.Place),
        SystemLoad.Text,
        MachineFacts.Variables(),
        []);

    private void RunMicro(Report report, BenchPlaces places, IReadOnlyList<string> names, bool isQuick)
    {
        report.Heading("Single calls");
        try
        {
            _micro!.Run(names, isQuick, places.Disk);
        }
        catch (RowSkippedException e)
        {
            report.Text($"SKIPPED: {e.Message}");
        }
    }
}
