using System.Diagnostics;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Measuring;

/// <summary>Lets the contenders of a row run in turn, round after round.</summary>
internal sealed class Measurer(BenchPlan plan, CancellationToken cancellationToken)
{
    internal RowResult Measure(Row row, Contest contest, IProgress<double> progress)
    {
        Entrant ours = new(contest.Ours);
        Entrant[] baselines = [.. contest.Baselines.Select(static baseline => new Entrant(baseline))];
        Entrant? ceiling = contest.Ceiling is { } plainC ? new Entrant(plainC) : null;
        Entrant? again = null;
        List<Entrant> entrants = [ours, .. baselines];
        if (ceiling is not null)
        {
            entrants.Add(ceiling);
        }

        long began = Stopwatch.GetTimestamp();

        // One round that does not count: for the compiler, the pool, and to see which baseline is the one to repeat.
        if (plan.WarmsUp)
        {
            var warmUp = entrants.ToDictionary(static entrant => entrant, entrant => Run(entrant.Contender, plan.WarmUp));
            again = row.Bars.AskForParity ? new Entrant(row.Unit.Best(baselines, baseline => warmUp[baseline].Figure(row.Unit)).Contender) : null;
        }

        if (again is not null)
        {
            entrants.Add(again);
        }

        for (int round = 0; round < plan.Rounds && (round < BenchPlan.FewestRounds || Stopwatch.GetElapsedTime(began) < plan.RowLimit); round++)
        {
            foreach (Entrant entrant in Order(entrants, round))
            {
                entrant.Add(Run(entrant.Contender, plan.Lap));
            }

            progress.Report((round + 1.0) / plan.Rounds);
        }

        return new RowResult(row, ours, baselines, again, ceiling);
    }

    /// <summary>
    /// Who goes first changes, and so does who follows whom: a machine that slows down or speeds up, or a contender that leaves something behind, shall favour
    /// nobody.
    /// </summary>
    internal static IEnumerable<T> Order<T>(IReadOnlyList<T> entrants, int round)
    {
        IEnumerable<T> turned = Enumerable.Range(0, entrants.Count).Select(i => entrants[(i + round) % entrants.Count]);
        return round % 2 == 0 ? turned : turned.Reverse();
    }

    private Lap Run(IContender contender, TimeSpan length)
    {
        cancellationToken.ThrowIfCancellationRequested();
        contender.Prepare();
        cancellationToken.WaitHandle.WaitOne(plan.Pause);
        cancellationToken.ThrowIfCancellationRequested();
        Lap lap = contender.Run(length, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return lap;
    }
}
