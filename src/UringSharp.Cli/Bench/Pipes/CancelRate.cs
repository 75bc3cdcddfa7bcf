using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>How many reads can be begun and cancelled.</summary>
internal sealed class CancelRate : CancelRow
{
    internal CancelRate(string name, double leastRate, double mostBytes)
        : base(name, Unit.OperationsPerSecond) => Limits =
        [
            Limit.AtLeast("rate", "ops/s", leastRate, static result => result.Figure(result.Ours)),
            Limit.AtMost("memory each", "B", mostBytes, static result => RowResult.Allocated(result.Ours)),
        ];

    /// <inheritdoc/>
    internal override string Description =>
        "a read of a pipe that nobody writes to is begun, cancelled and awaited, over and over; it ends with OperationCanceledException. C does so with io_uring alone";

    /// <inheritdoc/>
    protected override (string Work, string[] Settings)? Ceiling(BenchPlan plan) => ("cancels", []);

    /// <inheritdoc/>
    protected override IContender Enter(string contender, UringContext context, UringPipeStream pipe)
    {
        byte[] buffer = new byte[64];
        return new TokenCost(new ManagedContender(contender, clock => [Task.Run(() => CancelAsync(pipe, buffer, clock))]));
    }

    private static async Task<Work> CancelAsync(UringPipeStream pipe, byte[] buffer, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        long cancelled = 0;
        do
        {
            using CancellationTokenSource source = new();
            ValueTask<int> read = pipe.ReadAsync(buffer, source.Token);
            source.Cancel();
            try
            {
                await read.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }
        while (!clock.IsOver);

        return new Work(cancelled, 0);
    }
}
