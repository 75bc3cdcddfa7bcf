using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>How many reads can be begun and cancelled.</summary>
internal sealed class CancelRate : CancelRow
{
    private readonly bool _throws;

    private CancelRate(string name, bool throws, params Limit[] limits)
        : base(name, Unit.OperationsPerSecond)
    {
        _throws = throws;
        Limits = limits;
    }

    /// <inheritdoc/>
    internal override string Description =>
        "a read of a pipe that nobody writes to is begun, cancelled and awaited, over and over; "
        + $"{(_throws ? "it ends with OperationCanceledException" : "TryReadAsync tells so without an exception")}. C does so with io_uring alone";

    /// <summary>By exceptions.</summary>
    internal static CancelRate ByException(string name, double leastRate, double mostBytes) => new(
        name, throws: true, AtLeast(leastRate), Limit.AtMost("memory each", "B", mostBytes, static result => RowResult.Allocated(result.Ours)));

    /// <summary>Without.</summary>
    internal static CancelRate ByResult(string name, double leastRate, double mostOwnBytes) => new(
        name, throws: false, AtLeast(leastRate), Limit.AtMost("memory of the library's own each", "B", mostOwnBytes, TokenCost.Beyond));

    /// <inheritdoc/>
    protected override (string Work, string[] Settings)? Ceiling(BenchPlan plan) => ("cancels", []);

    /// <inheritdoc/>
    protected override IContender Enter(string contender, UringContext context, UringPipeStream pipe)
    {
        byte[] buffer = new byte[64];
        return new TokenCost(new ManagedContender(contender, clock =>
            [Task.Run(() => _throws ? CancelAsync(pipe, buffer, clock) : CancelWithoutExceptionAsync(pipe, buffer, clock))]));
    }

    private static Limit AtLeast(double rate) => Limit.AtLeast("rate", "ops/s", rate, static result => result.Figure(result.Ours));

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

    private static async Task<Work> CancelWithoutExceptionAsync(UringPipeStream pipe, byte[] buffer, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        long cancelled = 0;
        do
        {
            using CancellationTokenSource source = new();
            ValueTask<PipeReadResult> read = pipe.TryReadAsync(buffer, source.Token);
            source.Cancel();
            PipeReadResult result = await read.ConfigureAwait(false);
            cancelled += result.IsCanceled ? 1 : 0;
        }
        while (!clock.IsOver);

        return new Work(cancelled, 0);
    }
}
