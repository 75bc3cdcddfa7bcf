using System.CommandLine;
using System.CommandLine.Invocation;
using UringSharp.Cli.Interop;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.CommandLine;

/// <summary>Reads a command line and runs it, to the exit code.</summary>
internal static class CommandRunner
{
    internal static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> arguments)
    {
        // A path may begin with @: no response files.
        ParseResult line = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (UsageErrors.Find(line) is { Count: > 0 } errors && line.Action is not HelpAction)
        {
            UsageErrors.Write(errors, line.CommandResult.Command);
            return ExitCode.Usage;
        }

        // Signals are the commands' own business: each has its own way to end at once and leave nothing behind.
        InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = new StandardOutputWriter() };
        try
        {
            return line.Action is AsynchronousCommandLineAction ? await line.InvokeAsync(configuration).ConfigureAwait(false) : line.Invoke(configuration);
        }
        catch (UringNotSupportedException e)
        {
            StandardError.Write(e.Message);
            return ExitCode.Failure;
        }
        catch (OutputException e) when (e.Errno == LibC.EPIPE)
        {
            return ExitCode.BrokenPipe;
        }
        catch (OutputException e)
        {
            StandardError.Write($"standard output: {Failure.Text(e.Errno)}");
            return ExitCode.Failure;
        }
    }
}
