using System.CommandLine;
using System.Diagnostics;
using UringSharp.Cli.Interop;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Commands;

/// <summary>uring copy: cp(1) of one file.</summary>
internal sealed class CopyCommand : UringCommand
{
    /// <summary>What removing the half file may take after Ctrl-C, until the process ends in the midst of it.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly Argument<string> _source = new("SRC") { Description = "The file: a regular one or a block device." };

    private readonly Argument<string> _destination = new("DST") { Description = "The path of the copy; in a folder it gets the name of SRC." };

    private readonly Option<bool> _force = new("--force", "-f")
    {
        Description = "Replace a file at DST. It keeps its old content until the copy is complete.",
    };

    internal CopyCommand()
        : base("copy", "Copies a file with its permissions and times: by sharing its blocks where the file\n"
            + "system can, else within the kernel, else by reading and writing at the same time.")
    {
        Arguments.Add(_source);
        Arguments.Add(_destination);
        Options.Add(_force);
        SetAction(line => Run(line.GetValue(_source)!, line.GetValue(_destination)!, line.GetValue(_force)));
    }

    /// <inheritdoc/>
    internal override string Synopsis => "SRC DST [--force]";

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Details =>
    [
        "A terminal shows a progress bar. A copy that is interrupted or fails leaves nothing behind. Holes stay holes.",
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("uring copy disk.img /mnt/backup/", "copy into a folder"),
        ("uring copy --force new.db live.db", "replace a file in one step"),
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(int Code, string Meaning)> ExitCodes =>
    [
        (ExitCode.Success, "the file was copied"),
        (ExitCode.Failure, "it was not; standard error says why, and nothing is left of the copy"),
        (ExitCode.Usage, "the command line is wrong"),
        (ExitCode.HungUp, "the terminal was closed (SIGHUP)"),
        (ExitCode.Interrupted, "Ctrl-C (SIGINT)"),
        (ExitCode.Terminated, "SIGTERM"),
    ];

    private static int Run(string source, string destination, bool force)
    {
        using Interruption interruption = new(s_grace);
        try
        {
            return Copy(source, destination, force, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }
        catch (Exception e) when (Failure.IsExpected(e))
        {
            StandardError.Write($"{Blamed(e, source, destination)}: {Failure.Text(e)}");
            return ExitCode.Failure;
        }
    }

    private static int Copy(string source, string destination, bool force, CancellationToken cancellationToken)
    {
        if (source.Length == 0 || destination.Length == 0)
        {
            StandardError.Write("an empty path names no file.");
            return ExitCode.Usage;
        }

        UringFileStatus from = Wait(UringFileSystem.StatAsync(source, cancellationToken: cancellationToken));
        if (from.Type == UringFileType.Directory)
        {
            StandardError.Write($"{source}: {Failure.Text(LibC.EISDIR)}; copy takes one file");
            return ExitCode.Failure;
        }

        if (from.Type is not (UringFileType.File or UringFileType.BlockDevice))
        {
            StandardError.Write($"{source}: not a regular file or block device; uring read copies those");
            return ExitCode.Failure;
        }

        if (TryStat(destination, cancellationToken) is { } existing)
        {
            if (existing.Type == UringFileType.Directory)
            {
                destination = Path.Join(destination, Path.GetFileName(Path.GetFullPath(source)));
                existing = TryStat(destination, cancellationToken) ?? default;
            }

            if (existing.Inode == from.Inode && existing.Device == from.Device)
            {
                StandardError.Write($"{destination}: the same file as {source}");
                return ExitCode.Failure;
            }

            if (!force && existing.Inode != 0)
            {
                StandardError.Write($"{destination}: {Failure.Text(LibC.EEXIST)}; --force replaces it");
                return ExitCode.Failure;
            }
        }

        var report = Report.ForStandardOutput();
        long started = Stopwatch.GetTimestamp();
        long length = report.IsLive ? report.Track($"copying {Path.GetFileName(source)}", CopyWith) : CopyWith(null);
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        report.Text($"{Figures.Count(length, "byte")} copied in {Figures.Time(time)}.");
        return ExitCode.Success;

        long CopyWith(IProgress<double>? progress)
        {
            Steps steps = new(from.Length, progress);
            Wait(UringFileSystem.CopyAsync(source, destination, force, steps, cancellationToken));
            return steps.Copied;
        }
    }

    private static UringFileStatus? TryStat(string path, CancellationToken cancellationToken)
    {
        try
        {
            return Wait(UringFileSystem.StatAsync(path, cancellationToken: cancellationToken));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The copy will say what is missing, if it is more than the file.
            return null;
        }
    }

    /// <summary>The path an exception speaks of, as it was typed.</summary>
    private static string Blamed(Exception exception, string source, string destination) =>
        exception.Message.Contains($"'{Path.GetFullPath(source)}'", StringComparison.Ordinal) ? source : destination;

    // This thread has nothing else to do.
    private static T Wait<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    /// <summary>Bytes made a share of the whole, which may be unknown.</summary>
    private sealed class Steps(long length, IProgress<double>? progress) : IProgress<long>
    {
        internal long Copied { get; private set; }

        public void Report(long value)
        {
            Copied = value;
            progress?.Report(length > 0 ? Math.Min(1, (double)value / length) : 1);
        }
    }
}
