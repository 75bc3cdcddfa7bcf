using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>The writers of very many pipes leave at once, while a file is read on the same context.</summary>
internal sealed class PipesEnding : PipeRow
{
    private const int MostRounds = 3;

    internal PipesEnding(string name, Bars bars)
        : base(name, Unit.OperationsPerSecond, bars) => Limits = [Limit.OfFinding(PipesEnder.ThreadsLeft, string.Empty, 0)];

    /// <inheritdoc/>
    internal override string Description =>
        "the writers of very many named pipes, each with a read waiting, leave at once, while a loop reads 4 KiB of a file on the same context. Operations are the "
        + "loop's, while the pipes end; the baseline is the loop without them";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Baselines => [SideReads.Alone];

    /// <inheritdoc/>
    internal override BenchPlan Adapt(BenchPlan plan) => plan with { Rounds = Math.Min(plan.Rounds, MostRounds) };

    /// <inheritdoc/>
    protected override int Descriptors(BenchPlan plan) => plan.Pipes;

    /// <inheritdoc/>
    internal override IContender Enter(string contender, PipeSite site)
    {
        UringContext context = new();
        SideReads reads = new(context, site);
        return contender == SideReads.Alone ? new ManagedContender(contender, clock => [Task.Run(() => reads.RunAsync(clock))]) : new PipesEnder(contender, context, site, reads);
    }
}
