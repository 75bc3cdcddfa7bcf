using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Asking for the status of many files.</summary>
internal sealed class FileStats(string name, Bars bars) : Row(name, Unit.OperationsPerSecond, bars)
{
    private const int InFlight = 32;

    /// <inheritdoc/>
    internal override string Description => $"stat of many files whose names are cached, {InFlight} in flight";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        SmallFiles files = session.SmallFiles;
        string[] settings =
        [
            string.Create(CultureInfo.InvariantCulture, $"count={files.Paths.Count}"),
            string.Create(CultureInfo.InvariantCulture, $"depth={Math.Min(InFlight, Environment.ProcessorCount)}"),
        ];
        return new Contest(
            new ManagedContender("UringSharp", clock => Start(files, clock, AskUringAsync)),
            [new ManagedContender("File", clock => Start(files, clock, AskDotNetAsync))],
            new CeilingContender(session, "stats", files.Folder, settings));
    }

    private static IEnumerable<Task<Work>> Start(SmallFiles files, LapClock clock, Func<FileQueue, LapClock, Task<Work>> ask)
    {
        FileQueue queue = new(files.Paths, isEndless: true);
        return Enumerable.Range(0, InFlight).Select(_ => Task.Run(() => ask(queue, clock)));
    }

    private static async Task<Work> AskUringAsync(FileQueue queue, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        long asked = 0;
        while (queue.TryNext(clock, out string path))
        {
            _ = await UringFileSystem.StatAsync(path).ConfigureAwait(false);
            asked++;
        }

        return new Work(asked, 0);
    }

    private static async Task<Work> AskDotNetAsync(FileQueue queue, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        long asked = 0;
        while (queue.TryNext(clock, out string path))
        {
            // As a caller that must not block has to: the call itself blocks.
            _ = await Task.Run(() => File.GetLastWriteTimeUtc(path)).ConfigureAwait(false);
            asked++;
        }

        return new Work(asked, 0);
    }
}
