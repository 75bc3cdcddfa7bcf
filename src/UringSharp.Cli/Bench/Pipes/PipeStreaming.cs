using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>What another process writes without end is read.</summary>
internal sealed class PipeStreaming(string name, Bars bars) : PipeRow(name, Unit.MegabytesPerSecond, bars)
{
    private const int BlockSize = 64 << 10;
    private static readonly string s_block = string.Create(CultureInfo.InvariantCulture, $"block={BlockSize}");

    /// <inheritdoc/>
    internal override string Description => $"a named pipe, written by another process in blocks of {BlockSize / 1024} KiB and read in as large ones; an operation is a read";

    /// <inheritdoc/>
    protected override (string Work, string[] Settings)? Ceiling(BenchPlan plan) => ("pipe-stream", [s_block]);

    /// <inheritdoc/>
    internal override IContender Enter(string contender, PipeSite site)
    {
        string path = site.MakePipe("stream");
        _ = new Peer(site, "peer-writer", s_block);
        Stream reader = contender == UringName ? PipeEnds.OpenReader(new UringContext(), path) : PipeEnds.OpenFileStream(path, FileAccess.Read);
        byte[] block = new byte[BlockSize];
        return new ManagedContender(contender, clock => [Task.Run(() => ReadAsync(reader, block, clock))]);
    }

    private static async Task<Work> ReadAsync(Stream reader, byte[] block, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        Work work = default;
        do
        {
            int read = await reader.ReadAsync(block, CancellationToken.None).ConfigureAwait(false);
            work = read > 0 ? new Work(work.Operations + 1, work.Bytes + read) : throw new EndOfStreamException("The writer has left.");
        }
        while (!clock.IsOver);

        return work;
    }
}
