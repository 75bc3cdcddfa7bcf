using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Many pipes are being opened for writing and wait for a reader, while a file is read on the same context.</summary>
internal sealed class WaitingOpens : PipeRow
{
    internal WaitingOpens(string name, Bars bars, double mostOpenMilliseconds, double mostCancelMilliseconds)
        : base(name, Unit.OperationsPerSecond, bars) => Limits =
        [
            Limit.OfFinding(OpenWaiter.ThreadsAdded, string.Empty, OpenWaiter.MostThreads),
            Limit.OfFinding(OpenWaiter.SlowestOpen, "ms", mostOpenMilliseconds),
            Limit.OfFinding(OpenWaiter.SlowestCancel, "ms", mostCancelMilliseconds),
        ];

    /// <inheritdoc/>
    internal override string Description =>
        "many named pipes opened for writing wait for a reader, while a loop reads 4 KiB of a file on the same context. Operations are the loop's; the baseline is the "
        + "loop without them. Then readers come, and some opens are cancelled, one after another";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Baselines => [SideReads.Alone];

    /// <inheritdoc/>
    protected override int Descriptors(BenchPlan plan) => PipeSite.Some(plan.Pipes);

    /// <inheritdoc/>
    internal override IContender Enter(string contender, PipeSite site)
    {
        UringContext context = new();
        SideReads reads = new(context, site);
        return contender == SideReads.Alone ? new ManagedContender(contender, clock => [Task.Run(() => reads.RunAsync(clock))]) : new OpenWaiter(contender, context, site, reads);
    }
}
