using System.Diagnostics;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>
/// Reads of a file, one after another, on the context that pipes are busy on: past the page cache where the disk can do that, so that each goes through the ring.
/// </summary>
internal sealed class SideReads
{
    /// <summary>The name of the loop with nothing beside it.</summary>
    internal const string Alone = "the loop alone";

    private const int BlockSize = 4 << 10;
    private const int FileLength = 16 << 20;
    private static readonly TimeSpan s_runUp = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly UringFile _file;
    private readonly Memory<byte> _block;
    private long _reads;

    internal SideReads(UringContext context, PipeSite site)
    {
        string path = Path.Combine(site.Folder, "file");
        DataFile.Create(path, FileLength, new Progress<double>(), CancellationToken.None);
        AlignedMemoryPool pool = new();
        _block = pool.Rent(BlockSize).Memory[..BlockSize];
        _file = Open(path, context, isDirect: true);
        try
        {
            _ = _file.ReadAsync(_block, 0).AsTask().GetAwaiter().GetResult();
        }
        catch (IOException)
        {
            _file.Dispose();
            _file = Open(path, context, isDirect: false);
        }
    }

    /// <summary>Reads as long as a lap lasts.</summary>
    internal async Task<Work> RunAsync(LapClock clock)
    {
        long before = _reads;
        await clock.ArriveAsync().ConfigureAwait(false);
        await RunAsync(() => clock.IsOver).ConfigureAwait(false);
        return new Work(_reads - before, 0);
    }

    /// <summary>Reads for a time while something else goes on.</summary>
    /// <param name="length">For so long at least.</param>
    /// <param name="begin">Lets the other thing begin, when the loop is running.</param>
    /// <param name="mayEnd">Whether the other thing is done.</param>
    internal Lap Watch(TimeSpan length, Action begin, Func<bool> mayEnd)
    {
        bool isOver = false;
        var loop = Task.Run(() => RunAsync(() => Volatile.Read(ref isOver)));
        Thread.Sleep(s_runUp);

        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long reads = Volatile.Read(ref _reads);
        long began = Stopwatch.GetTimestamp();
        begin();
        do
        {
            Thread.Sleep(1);
        }
        while (Stopwatch.GetElapsedTime(began) is var elapsed && (elapsed < length || !mayEnd()) && elapsed < s_limit);

        TimeSpan time = Stopwatch.GetElapsedTime(began);
        reads = Volatile.Read(ref _reads) - reads;
        processor = Environment.CpuUsage.TotalTime - processor;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        int threads = ThreadCensus.Take().Threads;
        Volatile.Write(ref isOver, true);
        return mayEnd() && Waiting.Ends(loop, s_limit, CancellationToken.None)
            ? new Lap(reads, reads * BlockSize, time, processor, allocated, threads, [])
            : throw new TimeoutException("It has not come to its end.");
    }

    private static UringFile Open(string path, UringContext context, bool isDirect) =>
        UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Direct = isDirect, Context = context }).AsTask().GetAwaiter().GetResult();

    private async Task RunAsync(Func<bool> isOver)
    {
        SplitMix random = new(1);
        while (!isOver())
        {
            long offset = (long)(random.Next() % (FileLength / BlockSize)) * BlockSize;
            _ = await _file.ReadAsync(_block, offset, CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref _reads, _reads + 1);
        }
    }
}
