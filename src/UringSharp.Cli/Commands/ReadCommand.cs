using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Commands;

/// <summary>uring read: cat(1) whose waits can be cancelled.</summary>
internal sealed class ReadCommand : UringCommand
{
    private const double LongestTimeoutSeconds = 1_000_000;

    /// <summary>What the write to a pipe that is full may take after Ctrl-C, until the process ends in the midst of it.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMilliseconds(100);

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Files, named pipes, terminals or devices, copied in this order; - or none is standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<double?> _timeout = new("--timeout", "-t")
    {
        HelpName = "SECONDS",
        Description = "End after this many seconds, fractions allowed, with exit code 124. Default: no limit.",
    };

    internal ReadCommand()
        : base("read", "Copies files, named pipes, terminals or standard input to standard output.\n"
            + "A wait occupies no thread; Ctrl-C and --timeout end it at once.")
    {
        Arguments.Add(_paths);
        Options.Add(_timeout);
        _timeout.CustomParser = ParseSeconds;
        SetAction(line => RunAsync(line.GetValue(_paths) ?? [], line.GetValue(_timeout)));
    }

    /// <inheritdoc/>
    internal override string Synopsis => "[PATH…] [--timeout SECONDS]";

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Details =>
    [
        "A named pipe is waited for until its first writer comes, and ends when its writers have left. A path that cannot be read is reported, and the next one read.",
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("uring read /etc/hostname", "copy a file"),
        ("mkfifo p; uring read p", "wait for a writer; Ctrl-C gives the prompt back at once"),
        ("uring read --timeout 2.5 p", "wait for two and a half seconds at most"),
        ("journalctl -f | uring read - | grep usb", "copy standard input"),
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(int Code, string Meaning)> ExitCodes =>
    [
        (ExitCode.Success, "everything was copied"),
        (ExitCode.Failure, "something could not be read or written; standard error says what"),
        (ExitCode.Usage, "the command line is wrong"),
        (ExitCode.TimedOut, "--timeout has passed"),
        (ExitCode.HungUp, "the terminal was closed (SIGHUP)"),
        (ExitCode.Interrupted, "Ctrl-C (SIGINT)"),
        (ExitCode.BrokenPipe, "the reader of standard output has left"),
        (ExitCode.Terminated, "SIGTERM"),
    ];

    private static double? ParseSeconds(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= LongestTimeoutSeconds)
        {
            return seconds;
        }

        result.AddError($"'{text}' is not a time: --timeout takes seconds, more than 0 and a million at most.");
        return null;
    }

    private static async Task<int> RunAsync(string[] paths, double? timeoutSeconds)
    {
        TimeSpan? timeout = timeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        using Interruption interruption = new(s_grace, timeout);
        try
        {
            StandardOutput.ThrowIfClosed();

            // Standard output may block for as long as its reader likes, which is nothing for a thread that serves a ring.
            UringContext context = new(new UringOptions { RingCount = 1, Continuations = ContinuationMode.ThreadPool });
            await using (context.ConfigureAwait(false))
            {
                return await CopyAllAsync(paths.Length == 0 ? ["-"] : paths, new Copier(context, interruption.Token)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }
    }

    private static async Task<int> CopyAllAsync(string[] paths, Copier copier)
    {
        int exitCode = ExitCode.Success;
        foreach (string path in paths)
        {
            try
            {
                await copier.CopyAsync(path).ConfigureAwait(false);
            }
            catch (Exception e) when (Failure.IsExpected(e))
            {
                StandardError.Write($"{(path == "-" ? "standard input" : path)}: {Failure.Text(e)}");
                exitCode = ExitCode.Failure;
            }
        }

        return exitCode;
    }
}
