using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>How soon a cancelled read ends.</summary>
internal sealed class CancelLatency : CancelRow
{
    private const int LapFactor = 2;

    internal CancelLatency(string name, double medianMicroseconds, double tailMilliseconds)
        : base(name, Unit.Microseconds, pipes: 1) => Limits =
        [
            Limit.AtMost("median", "µs", medianMicroseconds, static result => result.Figure(result.Ours)),
            Limit.AtMost("99.9 %", "ms", tailMilliseconds, static result => RowResult.Tail(result.Ours)?.TotalMilliseconds ?? double.PositiveInfinity),
        ];

    /// <inheritdoc/>
    internal override string Description =>
        "a read waits in the kernel and is cancelled: time from Cancel() until the code that awaits it runs, so less is better. FileStream's read would never end";

    /// <inheritdoc/>
    internal override BenchPlan Adapt(BenchPlan plan) => plan with { Lap = plan.Lap * LapFactor };

    /// <inheritdoc/>
    protected override IContender Enter(string contender, UringContext context, UringPipeStream[] pipes) => new CancelClock(contender, context, pipes[0]);
}
