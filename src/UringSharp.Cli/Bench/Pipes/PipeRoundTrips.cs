using System.Diagnostics;
using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>A message goes to another process, which sends it back.</summary>
internal sealed class PipeRoundTrips(string name, Bars bars, bool isBusyPolling) : PipeRow(name, Unit.Microseconds, bars)
{
    private const int MessageSize = 64;
    private const int TimedOfTrips = 8;
    private const int ExpectedLatencies = 1 << 15;
    private static readonly string s_block = string.Create(CultureInfo.InvariantCulture, $"block={MessageSize}");

    /// <inheritdoc/>
    internal override string Description =>
        $"round trips of {MessageSize} B over two named pipes to a process that echoes by read(2) and write(2){(isBusyPolling ? "; our ring's thread polls before it sleeps" : string.Empty)}. "
        + "Time of one, so less is better, and a lower ratio. C blocks in read(2) in our place. FileStream is fast where it keeps all processors awake by spinning "
        + "threads of the pool";

    /// <inheritdoc/>
    protected override (string Work, string[] Settings)? Ceiling(BenchPlan plan) => ("pipe-pingpong", [s_block]);

    /// <inheritdoc/>
    internal override IContender Enter(string contender, PipeSite site)
    {
        string there = site.MakePipe("there");
        string back = site.MakePipe("back");
        _ = new Peer(site, "peer-echo", s_block);

        // In the order in which the peer opens its ends.
        Stream writer;
        Stream reader;
        if (contender == UringName)
        {
            UringContext context = isBusyPolling ? PipeContexts.BusyPolling() : new UringContext();
            writer = PipeEnds.OpenWriter(context, there);
            reader = PipeEnds.OpenReader(context, back);
        }
        else
        {
            writer = PipeEnds.OpenFileStream(there, FileAccess.Write);
            reader = PipeEnds.OpenFileStream(back, FileAccess.Read);
        }

        return new ManagedContender(contender, clock => [Task.Run(() => SendAsync(writer, reader, MessageSize, clock, stays: false))]);
    }

    /// <summary>Sends a message and receives it, over and over; goes on where it was begun, where it <paramref name="stays"/>.</summary>
    internal static async Task<Work> SendAsync(Stream writer, Stream reader, int messageSize, LapClock clock, bool stays)
    {
        byte[] message = new byte[messageSize];
        List<long> latencies = new(ExpectedLatencies);
        await clock.ArriveAsync().ConfigureAwait(stays);
        long trips = 0;
        do
        {
            // Some of them, so that taking the time takes none.
            long began = trips % TimedOfTrips == 0 ? Stopwatch.GetTimestamp() : 0;
            await writer.WriteAsync(message, CancellationToken.None).ConfigureAwait(stays);
            for (int received = 0; received < messageSize;)
            {
                // Not ReadExactlyAsync, which leaves an event loop.
                received += await reader.ReadAsync(message.AsMemory(received), CancellationToken.None).ConfigureAwait(stays) is > 0 and int read
                    ? read
                    : throw new EndOfStreamException("The peer has left.");
            }

            if (trips++ % TimedOfTrips == 0)
            {
                latencies.Add(Stopwatch.GetTimestamp() - began);
            }
        }
        while (!clock.IsOver);

        return new Work(trips, trips * messageSize, latencies);
    }
}
