using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using UringSharp.Cli.Bench;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Pipes;
using UringSharp.Cli.Demo;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Commands;

/// <summary>
/// A contender of the benchmark in a process of its own. Takes its plan as JSON; then each line of standard input asks for something and is answered by one line
/// of standard output, until standard input closes.
/// </summary>
internal sealed class BenchContenderCommand : Command
{
    /// <summary>What it is called.</summary>
    internal const string CommandName = "bench-contender";

    internal BenchContenderCommand()
        : base(CommandName, "Measures one contender of a row of pipes. Part of the benchmark.")
    {
        Hidden = true;
        Argument<string> plan = new("PLAN");
        Arguments.Add(plan);
        SetAction(line => Run(JsonSerializer.Deserialize(line.GetRequiredValue(plan), ContenderJson.Default.ContenderPlan)!));
    }

    private static int Run(ContenderPlan plan)
    {
        // All of it on the main thread: the processes started here end when the thread does that has started them.
        using IDisposable interrupts = ChildProcess.LeaveInterruptsToParent();
        try
        {
            PipeRow row = RowCatalog.All.OfType<PipeRow>().First(row => row.Name == plan.Row);
            IContender contender = row.Enter(plan.Contender, new PipeSite(plan.Folder, plan.Pipes));
            using var owned = contender as IDisposable;
            Answer(ContenderProcess.Ready);
            while (Console.In.ReadLine() is { } request)
            {
                Answer(Serve(contender, request));
            }

            return ExitCode.Success;
        }
        catch (Exception e) when (e is RowSkippedException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            Answer(ContenderProcess.Failed + (e is RowSkippedException ? e.Message : Failure.Text(e)));
            return ExitCode.Failure;
        }
    }

    private static string Serve(IContender contender, string request)
    {
        if (request == ContenderProcess.PrepareRequest)
        {
            contender.Prepare();
            return ContenderProcess.Ready;
        }

        var length = TimeSpan.FromMilliseconds(int.Parse(request, CultureInfo.InvariantCulture));
        Lap lap = contender.Run(length, CancellationToken.None);
        return JsonSerializer.Serialize(lap, ContenderJson.Default.Lap);
    }

    private static void Answer(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
