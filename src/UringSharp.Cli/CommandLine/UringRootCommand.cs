using System.CommandLine;
using System.CommandLine.Help;
using UringSharp.Cli.Bench;
using UringSharp.Cli.Commands;

namespace UringSharp.Cli.CommandLine;

/// <summary>The tool as a whole.</summary>
internal static class UringRootCommand
{
    internal static IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("uring info", "can this machine do it?"),
        ("uring read /etc/hostname", "read a file through it"),
        ("mkfifo p; uring read --timeout 5 p", "wait for a named pipe, five seconds at most"),
        ("date | uring write p", "write into a named pipe as soon as somebody reads it"),
        ("uring copy disk.img /mnt/backup/", "copy a file, with a progress bar"),
        ("uring demo", "see the difference to FileStream, in about a minute"),
        ("uring bench --quick", "measure it, in ten minutes at most"),
    ];

    internal static IReadOnlyList<(int Code, string Meaning)> ExitCodes =>
    [
        (ExitCode.Success, "done; demo: every claim holds"),
        (ExitCode.Failure, "failed; info: io_uring is not available; demo: a claim does not hold"),
        (ExitCode.Usage, "the command line is wrong"),
        (ExitCode.TimedOut, "read, write: --timeout has passed"),
        (ExitCode.HungUp, "the terminal was closed (SIGHUP)"),
        (ExitCode.Interrupted, "Ctrl-C (SIGINT)"),
        (ExitCode.BrokenPipe, "the reader of standard output has left"),
        (ExitCode.Terminated, "SIGTERM"),
    ];

    /// <summary>Makes it.</summary>
    /// <param name="micro">Rows that the calling program adds to the benchmark, or null.</param>
    internal static RootCommand Create(IMicroRows? micro = null)
    {
        HelpAction help = new();
        RootCommand root = new("uring: files and pipes read through io_uring by UringSharp. A read that waits occupies no thread,\n"
            + "and a cancelled one ends at once.")
        {
            new InfoCommand(),
            new ReadCommand(),
            new WriteCommand(),
            new CopyCommand(),
            new DemoCommand(),
            new BenchCommand(micro),
            new DemoWriterCommand(),
            new DemoFileStreamCommand(),
            new BenchContenderCommand(),
        };
        foreach (Option option in root.Options)
        {
            switch (option)
            {
                case HelpOption:
                    option.Action = help;
                    option.Description = "This page; behind a command, the command's own.";
                    break;
                case VersionOption:
                    option.Description = "The tool's version.";
                    break;
            }
        }

        root.SetAction(line => HelpAction.Write(root, line.InvocationConfiguration.Output));
        return root;
    }

    /// <summary>A command's name as it is typed.</summary>
    internal static string FullName(Command command) => command is RootCommand ? "uring" : $"uring {command.Name}";

    /// <summary>How a command is called.</summary>
    internal static string UsageLine(Command command) =>
        command is UringCommand described ? $"uring {command.Name} {described.Synopsis}".TrimEnd() : "uring COMMAND [OPTIONS]";
}
