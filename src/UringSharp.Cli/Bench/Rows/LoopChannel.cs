using System.Threading.Channels;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Messages through a channel, from one event loop to another.</summary>
internal sealed class LoopChannel : Row
{
    private const string MessagesPerWakeUp = "messages for each wake-up by a system call";
    private const int Capacity = 4096;

    /// <summary>Of so many messages one ends with a turn of the sender's loop, as that of a loop which does I/O would.</summary>
    private const int Burst = 64;

    internal LoopChannel(string name)
        : base(name, Unit.OperationsPerSecond, new Bars()) => Limits =
        [
            Limit.AtLeast(
                MessagesPerWakeUp, string.Empty, Burst, static result => RowResult.Finding(result.Ours, MessagesPerWakeUp) is { } messages ? messages.Median : 0),
        ];

    /// <inheritdoc/>
    internal override string Description =>
        $"messages through a bounded System.Threading.Channels channel from one UringLoop to another, {Burst} a turn of the sender. Beside it the same code on the thread pool";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        LoopHost from = new();
        LoopHost to = new();
        ManagedContender loops = new("UringSharp", clock => Start(code => from.Loop.InvokeAsync(code), code => to.Loop.InvokeAsync(code), clock));
        ManagedContender pool = new("thread pool", static clock => Start(static code => Task.Run(code), static code => Task.Run(code), clock));
        return new Contest(new CountedWakeUps(loops, from.Loop, to.Loop), [pool], null, from, to);
    }

    private static Task<Work>[] Start(Func<Func<Task<Work>>, Task<Work>> from, Func<Func<Task<Work>>, Task<Work>> to, LapClock clock)
    {
        var channel = Channel.CreateBounded<long>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        return [from(() => SendAsync(channel.Writer, clock)), to(() => ReceiveAsync(channel.Reader, clock))];
    }

    private static async Task<Work> SendAsync(ChannelWriter<long> writer, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(true);
        for (long message = 0; !clock.IsOver;)
        {
            for (int i = 0; i < Burst; i++)
            {
                await writer.WriteAsync(message++, CancellationToken.None).ConfigureAwait(true);
            }

            await Task.Yield();
        }

        writer.Complete();
        return default;
    }

    private static async Task<Work> ReceiveAsync(ChannelReader<long> reader, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(true);
        long received = 0;
        while (await reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(true))
        {
            while (reader.TryRead(out long message))
            {
                if (message != received++)
                {
                    throw new InvalidOperationException("A message was lost, or came twice.");
                }
            }
        }

        return new Work(received, received * sizeof(long));
    }

    /// <summary>Finds out how often one loop has woken the other by a system call.</summary>
    private sealed class CountedWakeUps(IContender contender, params UringLoop[] loops) : IContender
    {
        /// <inheritdoc/>
        public string Name => contender.Name;

        private long WakeUps => loops.Sum(static loop => loop.GetStatistics().WakeUps);

        /// <inheritdoc/>
        public void Prepare() => contender.Prepare();

        /// <inheritdoc/>
        public Lap Run(TimeSpan length, CancellationToken cancellationToken)
        {
            long before = WakeUps;
            Lap lap = contender.Run(length, cancellationToken);
            return lap with { Findings = [new Finding(MessagesPerWakeUp, string.Empty, (double)lap.Operations / Math.Max(1, WakeUps - before))] };
        }
    }
}
