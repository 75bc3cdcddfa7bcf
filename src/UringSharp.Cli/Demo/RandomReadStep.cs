using System.Diagnostics;
using System.Security.Cryptography;

namespace UringSharp.Cli.Demo;

/// <summary>Step 3: a file read at random is the file.</summary>
internal sealed class RandomReadStep : IDemoStep
{
    private const int BlockSize = 64 * 1024;
    private const int InFlight = 32;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public string Title(DemoPlan plan) => $"a file of {Figures.Mebibytes(plan.FileLength)} read at random, {InFlight} reads in flight, checked against its SHA-256";

    /// <inheritdoc/>
    public void Run(DemoSession session)
    {
        DemoFile file = session.File;
        byte[] assembled = GC.AllocateUninitializedArray<byte>((int)file.Length);
        Outcome uring = session.Report.Track("UringSharp", progress =>
        {
            using UringContext context = new();
            UringFileOptions options = new() { Context = context };
            using UringFile source = UringFile.OpenAsync(file.Path, FileMode.Open, FileAccess.Read, options).AsTask().GetAwaiter().GetResult();
            return Read(session, file, assembled, progress, _ => new UringBlocks(source));
        });

        FileStream[] streams = [.. Enumerable.Range(0, InFlight).Select(_ => OpenFileStream(file.Path))];
        Outcome fileStream = session.Report.Track(
            "FileStream", progress => Read(session, file, assembled, progress, worker => new FileStreamBlocks(streams[worker])));
        Array.ForEach(streams, static stream => stream.Dispose());

        session.Report.Table(
            ["", "UringSharp", "FileStream"],
            [
                ["from the file into memory", Figures.Time(uring.Time), Figures.Time(fileStream.Time)],
                ["processor time (user and system)", Figures.Time(uring.Processor), Figures.Time(fileStream.Processor)],
            ]);
        session.Report.Text($"Every block of {BlockSize / 1024} KiB once, in random order, dropped from the page cache before (where there is a disk beneath). "
            + $"FileStream: one stream for each of the {InFlight} readers, since a stream has one position.");
        session.Report.Claim(uring.Bytes == file.Length, $"every block came whole: {Figures.Count(uring.Bytes)} of {Figures.Count(file.Length)} bytes");
        session.Report.Claim(
            uring.Sha256.AsSpan().SequenceEqual(file.Sha256),
            $"SHA-256 of what was read at random: {Begin(uring.Sha256)}, of the file read from begin to end: {Begin(file.Sha256)}");
    }

    private static string Begin(byte[] sha256) => Convert.ToHexStringLower(sha256)[..16] + "…";

    private static FileStream OpenFileStream(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.RandomAccess);

    private static Outcome Read(DemoSession session, DemoFile file, byte[] assembled, IProgress<double> progress, Func<int, IBlockReader> open)
    {
        // What an earlier run left there must not pass for this one's.
        Array.Clear(assembled);
        file.Evict();
        int[] order = [.. Enumerable.Range(0, (int)(file.Length / BlockSize))];
        new Random(3).Shuffle(order);
        int next = -1;
        long bytes = 0;

        long began = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        IEnumerable<Task> readers = Enumerable.Range(0, InFlight).Select(worker => Task.Run(() => ReadNextAsync(open(worker)), CancellationToken.None));
        var all = Task.WhenAll(readers);
        if (!Waiting.Watch(all, s_limit, () => progress.Report((double)Volatile.Read(ref next) / order.Length), session.CancellationToken))
        {
            throw new TimeoutException("Reading the file took too long.");
        }

        all.GetAwaiter().GetResult();
        TimeSpan time = Stopwatch.GetElapsedTime(began);
        processor = Environment.CpuUsage.TotalTime - processor;
        return new Outcome(time, processor, bytes, SHA256.HashData(assembled));

        async Task ReadNextAsync(IBlockReader reader)
        {
            while (Interlocked.Increment(ref next) is int index && index < order.Length && !session.CancellationToken.IsCancellationRequested)
            {
                long offset = (long)order[index] * BlockSize;
                int read = await reader.ReadAsync(assembled.AsMemory((int)offset, BlockSize), offset).ConfigureAwait(false);
                Interlocked.Add(ref bytes, read);
            }
        }
    }

    private sealed record Outcome(TimeSpan Time, TimeSpan Processor, long Bytes, byte[] Sha256);
}
