namespace UringSharp.Cli.Demo;

/// <summary>Step 2: a select loop neither leaks threads nor loses messages.</summary>
internal sealed class SelectLoopStep : IDemoStep
{
    /// <summary>The pool adds and removes a few as it likes. A leak is one for each cancelled read: hundreds.</summary>
    private const int MostThreads = 8;
    private const int IdleWorkersPerSubmitter = 2;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>UringSharp's cancelled reads are awaited however long they take; that none takes long is measured, and this only ends a hang.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_fileStreamGrace = TimeSpan.FromMilliseconds(5);

    /// <inheritdoc/>
    public string Title(DemoPlan plan) => $"{Figures.Count(plan.SelectRounds)} rounds of \"next message or end of a task, whichever is first\", the loser cancelled";

    /// <inheritdoc/>
    public void Run(DemoSession session)
    {
        SelectLoopPlan plan = new(Path.Combine(session.Scratch.Folder, "select"), session.Plan.SelectRounds, s_limit, s_grace);
        SelectLoopResult uring = session.Report.Track("UringSharp", progress =>
        {
            using UringPipes pipes = new();
            return SelectLoopRun.Measure(plan, pipes, session.Scratch.Start, progress, session.CancellationToken);
        });

        SelectLoopPlan theirs = plan with
        {
            Fifo = Path.Combine(session.Scratch.Folder, "select-filestream"),
            Limit = session.Plan.FileStreamSelectTime,
            Grace = s_fileStreamGrace,
        };
        SelectLoopResult? fileStream = FileStreamProcess.Measure(
            session, Commands.DemoFileStreamCommand.Select, theirs, DemoJson.Default.SelectLoopPlan, DemoJson.Default.SelectLoopResult,
            theirs.Limit + TimeSpan.FromSeconds(1));

        Show(session.Report, uring, theirs, fileStream);
        Claim(session.Report, plan, uring);
        if (fileStream is null)
        {
            session.Report.Claim(false, "FileStream's side was measured");
        }
    }

    private static void Show(Reporting.Report report, SelectLoopResult uring, SelectLoopPlan theirs, SelectLoopResult? fileStream)
    {
        report.Table(
            ["", "UringSharp", "FileStream"],
            [
                Row("rounds", uring, fileStream, static result => $"{Figures.Count(result.Rounds)} in {Figures.Seconds(result.Time)}"),
                Row("messages the writer process sent", uring, fileStream, static result => Figures.Count(result.Sent)),
                Row("messages that reached the loop", uring, fileStream, static result => Figures.Count(result.Received)),
                Row("messages swallowed by reads left behind", uring, fileStream, static result => Figures.Count(result.Swallowed)),
                Row("reads that lost and ended cancelled", uring, fileStream, static result => Figures.Count(result.Cancelled)),
                Row("reads that lost and still brought a message", uring, fileStream, static result => Figures.Count(result.DeliveredAfterCancel)),
                Row("reads that did not end, and were left behind", uring, fileStream, static result => Figures.Count(result.Abandoned)),
                Row("longest round (4 ms, and the read's end)", uring, fileStream, static result => Figures.Time(result.LongestRound)),
                Row("threads, at first and at most", uring, fileStream, static result => $"{Figures.Count(result.Before.Threads)}, {Figures.Count(result.Peak.Threads)}"),
                Row(
                    "descriptors, at first and at most", uring, fileStream,
                    static result => $"{Figures.Count(result.Before.Descriptors)}, {Figures.Count(result.Peak.Descriptors)}"),
            ]);
        report.Text("The writer sends at random moments, and from time to time nothing for a second. "
            + $"FileStream: for {Figures.Seconds(theirs.Limit)} at most. Its read does not look at the token; the loop gives it {Figures.Time(theirs.Grace)} after "
            + "Cancel() and then goes on without it, as a loop must that serves others. While the writer is silent such reads hold all threads of the pool, and not "
            + "even the end of a task is noticed: the longest round.");
    }

    private static void Claim(Reporting.Report report, SelectLoopPlan plan, SelectLoopResult uring)
    {
        int threads = uring.Peak.Threads - uring.Before.Threads;
        int descriptors = uring.Peak.Descriptors - uring.Before.Descriptors;
        report.Claim(uring.Rounds == plan.Rounds, $"all {Figures.Count(plan.Rounds)} rounds were played; {Figures.Count(uring.Rounds)} were");
        report.Claim(
            uring.Received == uring.Sent && uring.OutOfPlace == 0,
            $"every number arrived once and in order: {Figures.Count(uring.Sent)} sent, {Figures.Count(uring.Received)} received, "
                + $"{Figures.Count(uring.OutOfPlace)} out of place");
        report.Claim(
            uring.Abandoned == 0,
            $"every cancelled read ended: the slowest of {Figures.Count(uring.Cancelled + uring.DeliveredAfterCancel)} took {Figures.Time(uring.LongestCancel)}");
        report.Claim(
            threads <= MostThreads && uring.Peak.KernelWorkers <= IdleWorkersPerSubmitter * Math.Max(1, uring.Peak.PumpThreads),
            $"threads stay flat: {Figures.Change(threads)} (at most {MostThreads}, of the pool's own coming and going), "
                + $"{Figures.Count(uring.Peak.KernelWorkers)} kernel workers");
        report.Claim(descriptors <= 0, $"descriptors stay flat: {Figures.Change(descriptors)}");
    }

    private static string[] Row(string name, SelectLoopResult uring, SelectLoopResult? fileStream, Func<SelectLoopResult, string> figure) =>
        [name, figure(uring), fileStream is null ? "not measured" : figure(fileStream)];
}
