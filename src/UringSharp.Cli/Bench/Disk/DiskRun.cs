using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Bench.Disk;

/// <summary>Measures the user's disk, from begin to end.</summary>
internal static class DiskRun
{
    /// <summary>What the unwinding after Ctrl-C may take: a lap, mostly.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    /// <returns>The exit code.</returns>
    internal static int Run(DiskPlan plan, BenchPlan pace)
    {
        using BenchPlaces places = new(plan.Folder);
        using Interruption interruption = new(s_grace, cleanUp: places.Dispose);
        try
        {
            var report = Report.ForStandardOutput();
            var target = DiskTarget.Find(plan, places);
            DiskReport.ShowMachine(report, target, pace);
            BenchSession session = new(pace with { FileLength = target.Length }, report, places, interruption.Token);
            IReadOnlyList<DiskRow> rows = DiskRows.Of(plan, plan.IsDirect && target.HasDirectIO, one => target.Existing ?? one.WriteFile);
            DiskReport.Show(report, Measure(session, rows));
        }
        catch (Exception e) when (e is not OutputException && interruption.Token.IsCancellationRequested)
        {
            // The cause decides.
        }
        catch (Exception e) when (e is DiskException or RowSkippedException)
        {
            StandardError.Write(e.Message);
            return ExitCode.Failure;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TimeoutException)
        {
            StandardError.Write($"{plan.File ?? places.Place?.Folder}: {Failure.Text(e)}");
            return ExitCode.Failure;
        }

        return interruption.Token.IsCancellationRequested ? interruption.ExitCode : ExitCode.Success;
    }

    private static List<RowResult> Measure(BenchSession session, IReadOnlyList<DiskRow> rows)
    {
        List<RowResult> results = [];
        Measurer measurer = new(session.Plan, session.CancellationToken);
        foreach (DiskRow row in rows)
        {
            using Contest contest = row.Open(session);
            results.Add(session.Report.Track(row.Name, progress => measurer.Measure(row, contest, progress)));
        }

        return results;
    }
}
