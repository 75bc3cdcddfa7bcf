using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>A new file written from begin to end, in pieces far smaller than the stream's buffer.</summary>
internal sealed class StreamWrites(string name, Bars bars, bool reachesDisk) : Row(name, Unit.MegabytesPerSecond, bars)
{
    private const int BlockSize = 4 << 10;
    private const int SyncEvery = 1 << 20;

    /// <inheritdoc/>
    internal override string Description =>
        $"new files of 64 MiB, written through a stream with a buffer of {StreamOptions.LargeBuffer / 1024} KiB in pieces of {BlockSize / 1024} KiB"
        + (reachesDisk ? ", each MiB flushed to the disk" : string.Empty) + "; an operation is a piece";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        OutputFile output = new(Path.Combine(session.Places.Disk, "stream"));
        long length = session.Plan.StreamLength;
        BenchSession.RequireSpace(session.Places.Disk, length);
        string[] settings =
        [
            string.Create(CultureInfo.InvariantCulture, $"block={StreamOptions.LargeBuffer}"),
            string.Create(CultureInfo.InvariantCulture, $"size={length}"),
            string.Create(CultureInfo.InvariantCulture, $"sync-every={(reachesDisk ? SyncEvery : 0)}"),
        ];
        return new Contest(
            Contender(
                "UringSharp",
                static path => new UringFileStream(path, StreamOptions.Writing(StreamOptions.LargeBuffer)),
                static (stream, cancellationToken) => stream.FlushAsync(flushToDisk: true, cancellationToken)),
            [
                Contender(
                    "FileStream",
                    static path => new FileStream(path, StreamOptions.Writing(StreamOptions.LargeBuffer)),
                    static (stream, _) =>
                    {
                        // It has no asynchronous way.
                        stream.Flush(flushToDisk: true);
                        return ValueTask.CompletedTask;
                    }),
            ],
            new CeilingContender(session, "stream-write", output.Path, settings, output.Delete),
            output);

        ManagedContender Contender<TStream>(string contender, Func<string, TStream> open, Func<TStream, CancellationToken, ValueTask> flush)
            where TStream : Stream =>
            new(contender, clock => [Task.Run(() => WriteAsync(() => open(output.Path), flush, length, clock))], output.Delete);
    }

    private async Task<Work> WriteAsync<TStream>(Func<TStream> open, Func<TStream, CancellationToken, ValueTask> flush, long length, LapClock clock)
        where TStream : Stream
    {
        byte[] block = new byte[BlockSize];
        Random.Shared.NextBytes(block);
        await clock.ArriveAsync().ConfigureAwait(false);
        Work work = default;
        do
        {
            TStream stream = open();
            await using (stream.ConfigureAwait(false))
            {
                for (long written = BlockSize; written <= length; written += BlockSize)
                {
                    await stream.WriteAsync(block, clock.CancellationToken).ConfigureAwait(false);
                    work = new Work(work.Operations + 1, work.Bytes + BlockSize);
                    if (reachesDisk && written % SyncEvery == 0)
                    {
                        await flush(stream, clock.CancellationToken).ConfigureAwait(false);
                    }
                }
            }
        }
        while (!clock.IsOver);

        return work;
    }
}
