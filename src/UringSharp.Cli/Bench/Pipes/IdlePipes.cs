using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>A read waits on each of very many pipes.</summary>
internal sealed class IdlePipes : PipeRow
{
    internal IdlePipes(string name, double mostThreads, double mostHeap, double mostResident)
        : base(name, Unit.WaitingReads, new Bars()) => Limits =
        [
            Limit.OfFinding(UringIdlePipes.OtherThreads, string.Empty, mostThreads),
            Limit.OfFinding(UringIdlePipes.Heap, "B", mostHeap),
            Limit.OfFinding(UringIdlePipes.Resident, "B", mostResident),
        ];

    /// <inheritdoc/>
    internal override string Description =>
        "a read waits on each of very many named pipes that nobody writes to: how many do, and what each costs. FileStream needs a thread of the pool for each; what has "
        + $"got one within {Figures.Seconds(FileStreamIdlePipes.Time)} counts";

    /// <inheritdoc/>
    internal override BenchPlan Adapt(BenchPlan plan) => plan with { Rounds = 1, WarmsUp = false };

    /// <inheritdoc/>
    protected override int Descriptors(BenchPlan plan) => plan.Pipes;

    /// <inheritdoc/>
    internal override IContender Enter(string contender, PipeSite site) => contender == UringName ? new UringIdlePipes(contender, site) : new FileStreamIdlePipes(contender, site);
}
