using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>A large file read from begin to end.</summary>
internal sealed class StreamReads(string name, Bars bars, bool isCold) : Row(name, Unit.MegabytesPerSecond, bars)
{
    private const int BlockSize = 64 << 10;

    /// <inheritdoc/>
    internal override string Description =>
        $"a stream read from begin to end in pieces of {BlockSize / 1024} KiB, {(isCold ? "dropped from" : "all of it in")} the page cache; an operation is a piece";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        DataFile file = session.ReadFile;
        file.Cache(session.CancellationToken);
        Action? prepare = isCold ? file.Evict : null;
        string[] settings = [string.Create(CultureInfo.InvariantCulture, $"block={BlockSize}"), $"count={(isCold ? 1 : 0)}"];
        return new Contest(
            Contender("UringSharp", () => new UringFileStream(file.Path, StreamOptions.Reading())),
            [
                Contender("FileStream, 4 KiB", () => new FileStream(file.Path, StreamOptions.Reading())),
                Contender("FileStream, 128 KiB", () => new FileStream(file.Path, StreamOptions.Reading(StreamOptions.LargeBuffer))),
            ],
            new CeilingContender(session, "stream-read", file.Path, settings, prepare));

        ManagedContender Contender(string contender, Func<Stream> open) => new(contender, clock => [Task.Run(() => ReadAsync(open(), clock))], prepare);
    }

    private async Task<Work> ReadAsync(Stream stream, LapClock clock)
    {
        await using (stream.ConfigureAwait(false))
        {
            byte[] block = new byte[BlockSize];
            await clock.ArriveAsync().ConfigureAwait(false);
            Work work = default;
            do
            {
                stream.Position = 0;
                int read;
                while ((read = await stream.ReadAsync(block, clock.CancellationToken).ConfigureAwait(false)) > 0)
                {
                    work = new Work(work.Operations + 1, work.Bytes + read);
                }
            }
            while (!isCold && !clock.IsOver);

            return work;
        }
    }
}
