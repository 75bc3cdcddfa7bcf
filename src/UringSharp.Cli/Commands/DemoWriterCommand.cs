using System.CommandLine;
using System.Globalization;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Commands;

/// <summary>The demo's writer process. Prints how many messages it has written.</summary>
internal sealed class DemoWriterCommand : Command
{
    internal DemoWriterCommand()
        : base("demo-writer", "Writes numbered messages into a named pipe until standard input closes. Part of the demo.")
    {
        Hidden = true;
        Argument<string> fifo = new("FIFO");
        Arguments.Add(fifo);
        SetAction(line => Run(line.GetRequiredValue(fifo)));
    }

    private static int Run(string fifo)
    {
        using IDisposable interrupts = ChildProcess.LeaveInterruptsToParent();
        using CancellationTokenSource stop = new();
        ChildProcess.WatchParent(stop.Cancel);
        try
        {
            long written = NumberedMessages.Write(fifo, stop.Token);
            Console.Write(written.ToString(CultureInfo.InvariantCulture));
            return ExitCode.Success;
        }
        catch (IOException)
        {
            // The reader has left first.
            return ExitCode.BrokenPipe;
        }
    }
}
