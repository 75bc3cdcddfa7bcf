using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Commands;

/// <summary>
/// FileStream's part of the demo, in a process of its own, so that the threads it leaves behind are not counted against UringSharp. Takes its plan as JSON, and
/// prints its result as JSON.
/// </summary>
internal sealed class DemoFileStreamCommand : Command
{
    /// <summary>The measurement of step 1.</summary>
    internal const string Pending = "pending";

    /// <summary>The measurement of step 2.</summary>
    internal const string Select = "select";

    internal DemoFileStreamCommand()
        : base("demo-filestream", "Measures FileStream. Part of the demo.")
    {
        Hidden = true;
        Argument<string> measurement = new("MEASUREMENT");
        Argument<string> plan = new("PLAN");
        Arguments.Add(measurement.AcceptOnlyFromAmong(Pending, Select));
        Arguments.Add(plan);
        SetAction(line => Run(line.GetRequiredValue(measurement), line.GetRequiredValue(plan)));
    }

    private static int Run(string measurement, string plan)
    {
        using IDisposable interrupts = ChildProcess.LeaveInterruptsToParent();
        ChildProcess.WatchParent(static () => Environment.Exit(ExitCode.HungUp));
        Console.Write(measurement == Pending ? MeasurePending(plan) : MeasureSelect(plan));
        return ExitCode.Success;
    }

    private static string MeasurePending(string plan)
    {
        PendingReadsPlan parsed = JsonSerializer.Deserialize(plan, DemoJson.Default.PendingReadsPlan)!;
        return JsonSerializer.Serialize(PendingReads.Measure(parsed, static () => new FileStreamPipes(), CancellationToken.None), DemoJson.Default.PendingReadsResult);
    }

    private static string MeasureSelect(string plan)
    {
        SelectLoopPlan parsed = JsonSerializer.Deserialize(plan, DemoJson.Default.SelectLoopPlan)!;
        using FileStreamPipes pipes = new();
        SelectLoopResult result = SelectLoopRun.Measure(parsed, pipes, static info => Process.Start(info)!, null, CancellationToken.None);
        return JsonSerializer.Serialize(result, DemoJson.Default.SelectLoopResult);
    }
}
