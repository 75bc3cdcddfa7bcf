using System.Diagnostics;
using System.Globalization;

namespace UringSharp.Cli.Demo;

/// <summary>The select loop against a real writer process.</summary>
internal static class SelectLoopRun
{
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(15);

    internal static SelectLoopResult Measure(
        SelectLoopPlan plan, IPipeContender contender, Func<ProcessStartInfo, Process> start, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        NamedPipe.Create(plan.Fifo);
        using Process writer = start(ChildProcess.Info("demo-writer", plan.Fifo));
        using Stream stream = contender.OpenWithWriter(plan.Fifo);
        ThreadCensus.WarmUp();
        var before = ThreadCensus.Take();
        ThreadCensus peak = before;
        SelectLoop loop = new(stream, plan.Rounds, plan.Grace);

        long began = Stopwatch.GetTimestamp();
        using CancellationTokenSource stop = new();
        var run = Task.Run(() => loop.RunAsync(stop.Token), CancellationToken.None);
        Waiting.Watch(
            run,
            plan.Limit,
            () =>
            {
                peak = peak.Max(ThreadCensus.Take());
                progress?.Report((double)loop.Rounds / plan.Rounds);
            },
            cancellationToken);
        TimeSpan time = Stopwatch.GetElapsedTime(began);
        int rounds = loop.Rounds;

        // The writer leaves; that ends every read, abandoned ones too.
        stop.Cancel();
        writer.StandardInput.Close();
        EndOrThrow(run, cancellationToken);
        EndOrThrow(Task.Run(loop.DrainAsync, CancellationToken.None), cancellationToken);
        long sent = long.Parse(writer.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
        return new SelectLoopResult(
            rounds, time, sent, loop.Received, loop.OutOfPlace, loop.Cancelled, loop.DeliveredAfterCancel, loop.Abandoned, loop.Swallowed, loop.LongestCancel,
            loop.LongestRound, before, peak);
    }

    private static void EndOrThrow(Task task, CancellationToken cancellationToken)
    {
        if (!Waiting.Ends(task, s_endLimit, cancellationToken))
        {
            throw new TimeoutException("The loop did not end although its writer has left.");
        }

        // Rethrows what it met.
        task.GetAwaiter().GetResult();
    }
}
