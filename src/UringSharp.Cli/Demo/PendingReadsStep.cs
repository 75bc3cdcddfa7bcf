namespace UringSharp.Cli.Demo;

/// <summary>Step 1: reads that wait occupy no thread, and end when they are cancelled.</summary>
internal sealed class PendingReadsStep : IDemoStep
{
    private const int MostPumpThreads = 4;
    private const int OtherThreadsOfTheRuntime = 2;
    private const int IdleWorkersPerSubmitter = 2;
    private const int DescriptorsToSpare = 200;
    private static readonly TimeSpan s_cancelBar = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc/>
    public string Title(DemoPlan plan) => $"{Figures.Count(plan.PendingFifos)} named pipes that nobody writes to, a read pending on each, then all cancelled";

    /// <inheritdoc/>
    public void Run(DemoSession session)
    {
        int fifos = FifosWithinLimit(session);
        PendingReadsPlan plan = new(Path.Combine(session.Scratch.Folder, "pending"), fifos, session.Plan.PendingTime, session.Plan.NeverTime);
        PendingReadsResult uring = session.Report.Track("UringSharp", _ => PendingReads.Measure(plan, static () => new UringPipes(), session.CancellationToken));

        PendingReadsPlan theirs = plan with
        {
            Folder = Path.Combine(session.Scratch.Folder, "pending-filestream"),
            Fifos = session.Plan.FileStreamPendingFifos,
            PendingTime = session.Plan.FileStreamPendingTime,
        };
        PendingReadsResult? fileStream = FileStreamProcess.Measure(
            session, Commands.DemoFileStreamCommand.Pending, theirs, DemoJson.Default.PendingReadsPlan, DemoJson.Default.PendingReadsResult,
            theirs.PendingTime + theirs.NeverTime + TimeSpan.FromSeconds(2));

        Show(session.Report, plan, uring, theirs, fileStream);
        Claim(session.Report, plan, uring);
        if (fileStream is null)
        {
            session.Report.Claim(false, "FileStream's side was measured");
        }
    }

    private static int FifosWithinLimit(DemoSession session)
    {
        long limit = SystemLimits.MaxDescriptors - DescriptorsToSpare;
        if (limit >= session.Plan.PendingFifos)
        {
            return session.Plan.PendingFifos;
        }

        int fifos = (int)Math.Max(limit, 1);
        session.Report.Text($"Only {Figures.Count(fifos)} pipes: this process may open {Figures.Count(SystemLimits.MaxDescriptors)} descriptors (ulimit -n).");
        return fifos;
    }

    private static void Show(Reporting.Report report, PendingReadsPlan plan, PendingReadsResult uring, PendingReadsPlan theirs, PendingReadsResult? fileStream)
    {
        report.Table(
            ["", "UringSharp", "FileStream"],
            [
                Row("named pipes, a read pending on each", Figures.Count(plan.Fifos), Figures.Count(theirs.Fifos)),
                Row("threads before", uring, fileStream, static result => Figures.Count(result.Before.Threads)),
                Row("threads while the reads wait", uring, fileStream, static result => Figures.Count(result.Pending.Threads)),
                Row("kernel workers of io_uring meanwhile", uring, fileStream, static result => Figures.Count(result.Pending.KernelWorkers)),
                Row("a timer of 100 ms meanwhile took", uring, fileStream, static result => Figures.Time(result.TimerDelay)),
                Row("from Cancel() until the last task has ended", uring, fileStream, static result => result.NeverEnded > 0 ? "never" : Figures.Time(result.LastEnd)),
                Row("tasks that never end", uring, fileStream, static result => Figures.Count(result.NeverEnded)),
                Row("nor when the stream is disposed", uring, fileStream, static result => Figures.Count(result.NeverEndedAfterDispose)),
            ]);
        report.Text($"FileStream: {theirs.Fifos} pipes, so that it ends at all: it needs a thread for each, and the pool adds a few a second. It opens them for "
            + "reading and writing; for reading alone open(2) would block. "
            + $"\"Never\": not {Figures.Seconds(theirs.NeverTime)} after Cancel(), until a byte was written into the pipe.");
    }

    private static void Claim(Reporting.Report report, PendingReadsPlan plan, PendingReadsResult uring)
    {
        int pumps = uring.Pending.PumpThreads;
        int others = uring.Pending.OtherThreads - uring.Before.OtherThreads;
        report.Claim(uring.AllWaitedInKernel, $"all {Figures.Count(plan.Fifos)} reads were pending in the kernel at once");
        report.Claim(
            pumps <= MostPumpThreads && others <= OtherThreadsOfTheRuntime,
            $"no thread waits: {Figures.Count(pumps, "thread")} of the ring's own (at most {MostPumpThreads}), {Figures.Change(others)} others");
        report.Claim(
            uring.Pending.KernelWorkers <= IdleWorkersPerSubmitter * pumps,
            $"no kernel worker waits: {Figures.Count(uring.Pending.KernelWorkers)} (at most two idle ones for each thread of the ring)");
        report.Claim(
            uring.WithCallersToken == plan.Fifos,
            $"every task ended with OperationCanceledException and the caller's token: {Figures.Count(uring.WithCallersToken)} of {Figures.Count(plan.Fifos)}");
        report.Claim(
            uring.NeverEnded == 0 && uring.LastEnd <= s_cancelBar,
            $"the last one {Figures.Time(uring.LastEnd)} after Cancel() (at most {Figures.Time(s_cancelBar)})");
        report.Claim(
            uring.After.Descriptors <= uring.Before.Descriptors && uring.After.PumpThreads == 0 && !uring.RingLeft,
            $"nothing is left: {Figures.Count(uring.Before.Descriptors)} descriptors before, {Figures.Count(uring.After.Descriptors)} after; no ring, no thread of it");
    }

    private static string[] Row(string name, string uring, string fileStream) => [name, uring, fileStream];

    private static string[] Row(string name, PendingReadsResult uring, PendingReadsResult? fileStream, Func<PendingReadsResult, string> figure) =>
        [name, figure(uring), fileStream is null ? "not measured" : figure(fileStream)];
}
