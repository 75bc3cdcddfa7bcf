using System.Globalization;
using Microsoft.Win32.SafeHandles;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Opening, reading and closing many small files.</summary>
internal sealed class SmallFileReads(string name, Bars bars, bool isCold) : Row(name, Unit.OperationsPerSecond, bars)
{
    private const int InFlight = 32;

    /// <inheritdoc/>
    internal override string Description =>
        $"open, read {SmallFiles.Length / 1024} KiB, close over many files, {InFlight} in flight, {(isCold ? "their content dropped from" : "all of it in")} the page cache";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        SmallFiles files = session.SmallFiles;
        files.Cache();
        UringContext context = new();
        UringFileOptions options = new() { Context = context };
        Action? prepare = isCold ? files.Evict : null;
        return new Contest(
            Contender("UringSharp", (path, block) => ReadByUringAsync(path, block, options)),
            [Contender("RandomAccess", ReadByRandomAccessAsync), Contender("FileStream", ReadByFileStreamAsync)],
            Ceiling(session, files, prepare),
            context);

        ManagedContender Contender(string contender, Func<string, Memory<byte>, ValueTask<int>> read) =>
            new(contender, clock => Start(files, read, clock), prepare);
    }

    private IEnumerable<Task<Work>> Start(SmallFiles files, Func<string, Memory<byte>, ValueTask<int>> read, LapClock clock)
    {
        FileQueue queue = new(files.Paths, isEndless: !isCold);
        return Enumerable.Range(0, InFlight).Select(_ => Task.Run(() => RunAsync(queue, read, new byte[SmallFiles.Length], clock)));
    }

    private static async Task<Work> RunAsync(FileQueue queue, Func<string, Memory<byte>, ValueTask<int>> read, byte[] block, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        Work work = default;
        while (queue.TryNext(clock, out string path))
        {
            int bytes = await read(path, block).ConfigureAwait(false);
            work = new Work(work.Operations + 1, work.Bytes + bytes);
        }

        return work;
    }

    private static async ValueTask<int> ReadByUringAsync(string path, Memory<byte> block, UringFileOptions options)
    {
        UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, options).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
        {
            return await file.ReadAsync(block, 0).ConfigureAwait(false);
        }
    }

    private static async ValueTask<int> ReadByRandomAccessAsync(string path, Memory<byte> block)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);
        return await RandomAccess.ReadAsync(file, block, 0).ConfigureAwait(false);
    }

    private static async ValueTask<int> ReadByFileStreamAsync(string path, Memory<byte> block)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            return await file.ReadAsync(block).ConfigureAwait(false);
        }
    }

    private CeilingContender Ceiling(BenchSession session, SmallFiles files, Action? prepare) => new(
        session,
        isCold ? "files-ring" : "files",
        files.Folder,
        [
            string.Create(CultureInfo.InvariantCulture, $"count={files.Paths.Count}"),
            string.Create(CultureInfo.InvariantCulture, $"depth={(isCold ? InFlight : Math.Min(InFlight, Environment.ProcessorCount))}"),
        ],
        prepare);
}
