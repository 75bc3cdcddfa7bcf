namespace UringSharp.Cli.Demo;

/// <summary>The steps, one after another.</summary>
internal static class DemoRun
{
    internal static IReadOnlyList<IDemoStep> Steps { get; } = [new PendingReadsStep(), new SelectLoopStep(), new RandomReadStep(), new ThroughputStep()];

    /// <summary>Runs all steps, or one (from 1 on).</summary>
    internal static void Run(DemoSession session, int? only)
    {
        for (int i = 0; i < Steps.Count; i++)
        {
            if (only is null || only == i + 1)
            {
                session.Report.Heading($"{i + 1}. {Steps[i].Title(session.Plan)}");
                RunStep(session, Steps[i]);
            }
        }
    }

    private static void RunStep(DemoSession session, IDemoStep step)
    {
        try
        {
            step.Run(session);
        }
        catch (Exception e) when (e is not Output.OutputException && !(e is OperationCanceledException && session.CancellationToken.IsCancellationRequested))
        {
            // The other steps are worth seeing all the same.
            session.Report.Claim(false, $"the step came to its end: {e.GetType().Name}: {e.Message}");
        }
    }
}
