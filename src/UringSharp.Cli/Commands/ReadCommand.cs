using System.CommandLine;
using System.Text;
using UringSharp.Cli.CommandLine;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Commands;

/// <summary>uring read: cat(1) whose waits can be cancelled.</summary>
internal sealed class ReadCommand : UringCommand
{
    /// <summary>What the write to a pipe that is full may take after Ctrl-C, until the process ends in the midst of it.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMilliseconds(100);

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Files, named pipes, terminals or devices, copied in this order, or all at once with --follow; - or none is standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<double?> _timeout = TimeoutOption.Create();

    private readonly Lock _standardOutput = new();

    private readonly Option<bool> _follow = new("--follow", "-f")
    {
        Description = "Read all paths at the same time, and named pipes from one writer to the next: only Ctrl-C, --timeout or the end of all else ends it.",
    };

    private readonly Option<bool> _lines = new("--lines", "-l")
    {
        Description = "Write whole lines: those of several inputs are not mixed. One of more than 1 MiB is cut.",
    };

    private readonly Option<bool> _labels = new("--labels", "-L")
    {
        Description = "Write each line behind the path it comes from. Means --lines.",
    };

    internal ReadCommand()
        : base("read", "Copies files, named pipes, terminals or standard input to standard output.\n"
            + "A wait occupies no thread; Ctrl-C and --timeout end it at once.")
    {
        Arguments.Add(_paths);
        Options.Add(_follow);
        Options.Add(_lines);
        Options.Add(_labels);
        Options.Add(_timeout);
        SetAction(line => RunAsync(
            line.GetValue(_paths) is { Length: > 0 } paths ? paths : ["-"],
            line.GetValue(_follow),
            path => CreateOutput(path, line.GetValue(_lines), line.GetValue(_labels)),
            line.GetValue(_timeout)));
    }

    /// <inheritdoc/>
    internal override string Synopsis => "[PATH…] [--follow] [--lines] [--labels] [--timeout SECONDS]";

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
        ("uring read --follow --labels /run/log/*.fifo", "all of them at once, from one writer to the next, until Ctrl-C"),
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

    private IOutput CreateOutput(string path, bool asLines, bool hasLabel) => asLines || hasLabel
        ? new LineOutput(_standardOutput, hasLabel ? Encoding.UTF8.GetBytes($"{Blamed(path)}: ") : [])
        : new PlainOutput(_standardOutput);

    private static async Task<int> RunAsync(string[] paths, bool follows, Func<string, IOutput> createOutput, double? timeoutSeconds)
    {
        using Interruption interruption = new(s_grace, TimeoutOption.Span(timeoutSeconds));
        try
        {
            StandardOutput.ThrowIfClosed();

            // Standard output may block for as long as its reader likes, which is nothing for a thread that serves a ring.
            UringContext context = new(new UringOptions { RingCount = 1, Continuations = ContinuationMode.ThreadPool });
            await using (context.ConfigureAwait(false))
            {
                Copier copier = new(context, follows, interruption.Token);
                int exitCode = ExitCode.Success;
                if (follows)
                {
                    int?[] codes = await Task.WhenAll(paths.Select(path => CopyAsync(path, copier, createOutput(path)))).ConfigureAwait(false);
                    return codes.Max(code => code ?? interruption.ExitCode);
                }

                foreach (string path in paths)
                {
                    if (await CopyAsync(path, copier, createOutput(path)).ConfigureAwait(false) is not { } code)
                    {
                        return interruption.ExitCode;
                    }

                    exitCode = Math.Max(exitCode, code);
                }

                return exitCode;
            }
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }
    }

    /// <summary>Copies one path, to the exit code; null where the token ended it.</summary>
    private static async Task<int?> CopyAsync(string path, Copier copier, IOutput output)
    {
        try
        {
            return await copier.CopyAsync(path, output).ConfigureAwait(false) ? ExitCode.Success : null;
        }
        catch (Exception e) when (Failure.IsExpected(e))
        {
            StandardError.Write($"{Blamed(path)}: {Failure.Text(e)}");
            return ExitCode.Failure;
        }
    }

    private static string Blamed(string path) => path == "-" ? "standard input" : path;
}
