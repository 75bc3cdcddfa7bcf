using System.Diagnostics;
using System.Globalization;
using System.Threading.Tasks.Sources;
using UringSharp.Engine;
using UringSharp.Engine.Operations;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Ten thousand pending reads: what they cost, and how soon they end.</summary>
public sealed class PipesAtScaleTests : PipeFixture
{
    private const int Count = 10_000;
    private const int MaxBytesEach = 400;
    private const int MaxPumpThreads = 4;
    private const double MaxCancelMilliseconds = 300;

    private readonly byte[] _buffer = new byte[16];
    private readonly Task<int>[] _reads = new Task<int>[Count];

    [Test]
    public async Task Ten_thousand_pending_reads_occupy_no_thread()
    {
        int threadsBefore = ProcessFacts.Threads - ProcessFacts.PumpThreads;
        int workersBefore = ProcessFacts.KernelWorkers;
        UringPipeStream[] streams = await OpenAllAsync();

        StartAll(streams, default);
        await Pends(Count);

        int workers = ProcessFacts.KernelWorkers - workersBefore;
        int pumpThreads = PumpThreads;
        int otherThreads = ProcessFacts.Threads - ProcessFacts.PumpThreads - threadsBefore;
        DisposeAll(streams);
        Report($"{pumpThreads} pump threads, {otherThreads:+0;-0;0} other threads, {workers:+0;-0;0} kernel workers of io_uring");
        pumpThreads.Should().BeLessThanOrEqualTo(MaxPumpThreads);
        otherThreads.Should().BeLessThanOrEqualTo(Environment.ProcessorCount, "the pool may have grown to its minimum for the test's own sake");
        workers.Should().BeLessThanOrEqualTo(2 * pumpThreads);
        await AllAreDisposed();
    }

    [Test]
    public async Task A_pending_read_costs_at_most_400_bytes_of_the_librarys_own()
    {
        UringPipeStream[] streams = await OpenAllAsync();
        using CancellationTokenSource source = new();

        // Operations at rest would make the reads look cheaper than they are.
        for (int i = 0; i < Count; i++)
        {
            _ = OperationPool<PipeReadOperation>.Rent();
        }

        Array.Clear(_reads);
        long opened = GC.GetTotalMemory(forceFullCollection: true);
        StartAll(streams, source.Token);
        await Pends(Count);
        long pending = GC.GetTotalMemory(forceFullCollection: true);

        double all = (pending - opened) / (double)Count;
        double task = BytesOfATask();
        double registration = BytesOfARegistration();
        DisposeAll(streams);
        Report($"{all:0} B each, of which the task {task:0} and the registration of its token {registration:0}: the library's own are {all - task - registration:0} B");
        (all - task - registration).Should().BeInRange(1, MaxBytesEach);
        await AllAreDisposed();
    }

    [Test]
    public async Task Cancelling_ten_thousand_reads_by_one_token_ends_them_all_with_it_at_once()
    {
        UringPipeStream[] streams = await OpenAllAsync();
        List<double> milliseconds = [];
        for (int attempt = 0; attempt < 3; attempt++)
        {
            using CancellationTokenSource source = new();
            StartAll(streams, source.Token);
            await Pends(Count);
            Task all = Task.WhenAll(_reads);

            long started = Stopwatch.GetTimestamp();
            source.Cancel();
            double cancelReturned = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await Eventually.Ends(all);
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);

            Report($"attempt {attempt + 1}: {milliseconds[^1]:0} ms until the last task has ended, {cancelReturned:0} ms of them inside Cancel()");
            _reads.All(read => read.IsCanceled).Should().BeTrue();
            foreach (Task<int> read in _reads)
            {
                (await TokenOf(read) == source.Token).Should().BeTrue();
            }
        }

        DisposeAll(streams);
        milliseconds.Min().Should().BeLessThan(MaxCancelMilliseconds);
        await Eventually.Holds(() => OpenDescriptors.Count < 1_000, () => $"{OpenDescriptors.Count} descriptors open");
    }

    [Test]
    public async Task Data_for_all_of_ten_thousand_pending_reads_arrives()
    {
        UringPipeStream[] streams = await OpenAllAsync();
        byte[][] buffers = [.. Enumerable.Range(0, Count).Select(_ => new byte[4])];
        for (int i = 0; i < Count; i++)
        {
            _reads[i] = streams[i].ReadAsync(buffers[i]).AsTask();
        }

        await Pends(Count);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < Count; i++)
        {
            FifoWriter.Visit(Folder[Name(i)], BitConverter.GetBytes(i));
        }

        int[] counts = await Eventually.Ends(Task.WhenAll(_reads));
        Report($"{Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms for {Count} writers that open, write and close one after another");
        counts.All(count => count == 4).Should().BeTrue();
        buffers.Select(buffer => BitConverter.ToInt32(buffer)).SequenceEqual(Enumerable.Range(0, Count)).Should().BeTrue();
        DisposeAll(streams);
    }

    private static async Task<CancellationToken> TokenOf(Task<int> read)
    {
        try
        {
            await read;
            return default;
        }
        catch (OperationCanceledException e)
        {
            return e.CancellationToken;
        }
    }

    private static string Name(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double BytesOfATask()
    {
        NeverEnds never = new();
        var tasks = new Task<int>[Count];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            tasks[i] = new ValueTask<int>(never, 0).AsTask();
        }

        double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
        GC.KeepAlive(tasks);
        return bytes;
    }

    private static double BytesOfARegistration()
    {
        using CancellationTokenSource source = new();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            _ = source.Token.UnsafeRegister(static _ => { }, null);
        }

        return (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
    }

    private async Task<UringPipeStream[]> OpenAllAsync()
    {
        string limit = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        if (int.TryParse(limit[15..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture, out int descriptors)
            && descriptors < Count + 1_000)
        {
            Assert.Ignore($"This process may open {descriptors} descriptors (ulimit -n), too few for {Count} FIFOs.");
        }

        var streams = new UringPipeStream[Count];
        for (int i = 0; i < Count; i++)
        {
            streams[i] = await NamedPipe.OpenReadAsync(Folder.Fifo(Name(i)), Options);
        }

        return streams;
    }

    private void StartAll(UringPipeStream[] streams, CancellationToken token)
    {
        for (int i = 0; i < Count; i++)
        {
            _reads[i] = streams[i].ReadAsync(_buffer, token).AsTask();
        }
    }

    private static void DisposeAll(UringPipeStream[] streams) => Array.ForEach(streams, stream => stream.Dispose());

    private async Task AllAreDisposed()
    {
        await Eventually.Ends(Task.WhenAll(_reads).ContinueWith(_ => { }, TaskScheduler.Default));
        _reads.All(read => read.IsFaulted && read.Exception!.InnerException is ObjectDisposedException).Should().BeTrue();
    }

    private sealed class NeverEnds : IValueTaskSource<int>
    {
        public int GetResult(short token) => throw new NotSupportedException();

        public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
        }
    }
}
