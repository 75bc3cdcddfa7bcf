using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>How many reads can be begun and cancelled.</summary>
internal sealed class CancelRate : CancelRow
{
    /// <summary>So many at a time: of a single one, cancelled where it was begun, the kernel would never hear.</summary>
    private const int Batch = 64;

    private readonly bool _throws;

    private CancelRate(string name, bool throws, params Limit[] limits)
        : base(name, Unit.OperationsPerSecond, Batch)
    {
        _throws = throws;
        Limits = limits;
    }

    /// <inheritdoc/>
    internal override string Description =>
        $"reads of {Batch} named pipes that nobody writes to are begun, wait in the kernel, are cancelled and awaited, over and over; "
        + $"{(_throws ? "each ends with OperationCanceledException" : "TryReadAsync tells so without an exception")}. C does so with io_uring alone";

    /// <summary>By exceptions.</summary>
    internal static CancelRate ByException(string name, double leastRate, double mostBytes) => new(
        name, throws: true, AtLeast(leastRate), Limit.AtMost("memory each", "B", mostBytes, static result => RowResult.Allocated(result.Ours)));

    /// <summary>Without.</summary>
    internal static CancelRate ByResult(string name, double leastRate, double mostOwnBytes) => new(
        name, throws: false, AtLeast(leastRate), Limit.AtMost("memory of the library's own each", "B", mostOwnBytes, CancelFacts.Beyond));

    /// <inheritdoc/>
    protected override (string Work, string[] Settings)? Ceiling(BenchPlan plan) => ("cancels", [string.Create(CultureInfo.InvariantCulture, $"depth={Batch}")]);

    /// <inheritdoc/>
    protected override IContender Enter(string contender, UringContext context, UringPipeStream[] pipes)
    {
        CancelBatch batch = new(context, pipes);
        return new CancelFacts(new ManagedContender(contender, clock => [Task.Run(() => _throws ? batch.RunAsync(clock) : batch.RunWithoutExceptionsAsync(clock))]), context);
    }

    private static Limit AtLeast(double rate) => Limit.AtLeast("rate", "ops/s", rate, static result => result.Figure(result.Ours));
}
