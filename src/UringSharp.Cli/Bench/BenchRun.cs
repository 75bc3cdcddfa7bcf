using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Bench;

/// <summary>The rows, one after another.</summary>
internal static class BenchRun
{
    /// <summary>Measures the rows, and shows each as it comes.</summary>
    internal static BenchOutcome Run(BenchSession session, IReadOnlyList<Row> rows)
    {
        List<RowResult> results = [];
        List<JsonSkip> skipped = [];
        foreach (Row row in rows)
        {
            session.Report.Heading(row.Name);
            session.Report.Text(row.Description);
            try
            {
                RowResult result = Measure(session, row);
                BenchReport.Show(session.Report, result);
                results.Add(result);
            }
            catch (Exception e) when (IsReasonToSkip(e) && !session.CancellationToken.IsCancellationRequested)
            {
                string reason = e is RowSkippedException ? e.Message : Failure.Text(e);
                skipped.Add(new JsonSkip(row.Name, reason));
                session.Report.Text($"SKIPPED: {reason}");
            }
        }

        return new BenchOutcome(results, skipped);
    }

    private static RowResult Measure(BenchSession session, Row row)
    {
        using Contest contest = row.Open(session);
        Measurer measurer = new(row.Adapt(session.Plan), session.CancellationToken);
        return session.Report.Track("measuring", progress => measurer.Measure(row, contest, progress));
    }

    /// <summary>The other rows are worth measuring all the same. That io_uring cannot be used at all is another matter.</summary>
    private static bool IsReasonToSkip(Exception e) =>
        e is RowSkippedException or IOException or UnauthorizedAccessException or TimeoutException;
}
