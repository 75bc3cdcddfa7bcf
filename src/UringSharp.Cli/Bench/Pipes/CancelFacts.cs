using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>
/// A contender whose every operation makes a CancellationTokenSource and is registered with its token. Finds out what those two allocate, which is not the
/// contender's, and how many operations got as far as the kernel before they were cancelled.
/// </summary>
internal sealed class CancelFacts(IContender contender, UringContext context) : IContender
{
    private const string Cost = "of the memory, a CancellationTokenSource and a registration with it:";
    private const int Samples = 1000;

    /// <inheritdoc/>
    public string Name => contender.Name;

    /// <summary>What is left for the contender itself, of each operation, in whole bytes.</summary>
    internal static double Beyond(RowResult result) =>
        RowResult.Finding(result.Ours, Cost) is { } cost ? Math.Max(0, Math.Round(RowResult.Allocated(result.Ours) - cost.Median)) : double.PositiveInfinity;

    /// <inheritdoc/>
    public void Prepare() => contender.Prepare();

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        long submissions = context.GetStatistics().Submissions;
        Lap lap = contender.Run(length, cancellationToken);
        submissions = context.GetStatistics().Submissions - submissions;
        return lap with
        {
            Findings =
            [
                .. lap.Findings ?? [],
                new Finding(Cost, "B", Measure()),
                new Finding("of all reads, those that waited in the kernel,", "%", 100.0 * submissions / lap.Operations),
            ],
        };
    }

    private static double Measure()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Samples; i++)
        {
            using CancellationTokenSource source = new();
            _ = source.Token.UnsafeRegister(static (_, _) => { }, null);
            source.Cancel();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Samples;
    }
}
