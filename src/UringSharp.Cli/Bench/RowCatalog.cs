using UringSharp.Cli.Bench.Pipes;
using UringSharp.Cli.Bench.Rows;

namespace UringSharp.Cli.Bench;

/// <summary>Every row, and what it must reach.</summary>
internal static class RowCatalog
{
    private const int Small = 4 << 10;
    private const int Medium = 64 << 10;
    private const int Large = 1 << 20;

    private const string ManagedCode = "The kernel answers such a call within a microsecond or two, and .NET makes the same call on the pool: the managed code around it decides.";
    private const string NoNonBlockingWay = "This file system has no way to try without blocking, so these reads go to the pool as those of .NET do, through one more layer.";
    private const string BufferedWrites =
        "ext4 cannot take a buffered write without blocking, so it goes to the pool as RandomAccess's does, with some managed code around it: more where the compiler has seen other operations "
        + "first (DOTNET_TieredPGO=0 shows it).";
    private const string DiskDecides = "What the disk can do at the same time decides, and a virtual one changes from hour to hour: see what C has.";
    private const string LoopCode = "Some managed code for each operation, on one thread; C has none.";

    internal static IReadOnlyList<Row> All { get; } =
    [
        .. CachedReads(), .. OtherFileSystems(), .. ColdReads(), .. DirectReads(), .. Writes(), .. Continuations(), .. Streams(), .. Files(), .. NamedPipes(), .. Loops(),
    ];

    private static IEnumerable<Row> CachedReads() =>
    [
        new RandomTransfers("read-cached-4k-qd1", new Bars(0.97, 0.6), Place.Cached, Small, 1),
        new ObservedReads("read-cached-4k-qd1-observed", new Bars(0.95, 1.05), Small),
        new RandomTransfers("read-cached-4k-qd32", new Bars(0.97, 1.05), Place.Cached, Small, 32) { WhyNotFaster = ManagedCode },
        new RandomTransfers("read-cached-4k-qd128", new Bars(0.97, 1.05), Place.Cached, Small, 128) { WhyNotFaster = ManagedCode },
        new RandomTransfers("read-cached-64k-qd1", new Bars(0.97, 1.0), Place.Cached, Medium, 1),
        new RandomTransfers("read-cached-1m-qd1", new Bars(0.97, 1.0), Place.Cached, Large, 1),
    ];

    private static IEnumerable<Row> OtherFileSystems() =>
    [
        new RandomTransfers("read-overlay-4k-qd1", new Bars(0.97, 1.05), Place.Overlay, Small, 1) { WhyNotFaster = NoNonBlockingWay },
        new RandomTransfers("read-overlay-4k-qd32", new Bars(0.97, 1.05), Place.Overlay, Small, 32) { WhyNotFaster = NoNonBlockingWay },
        new RandomTransfers("read-tmpfs-4k-qd1", new Bars(0.97, 1.05), Place.Memory, Small, 1) { WhyNotFaster = NoNonBlockingWay },
        new RandomTransfers("read-tmpfs-4k-qd32", new Bars(0.97, 1.05), Place.Memory, Small, 32) { WhyNotFaster = NoNonBlockingWay },
    ];

    private static IEnumerable<Row> ColdReads() =>
    [
        new RandomTransfers("read-cold-4k-qd1", new Bars(1.0, 0.45), Place.Cold, Small, 1) { WhyNotFaster = DiskDecides },
        new RandomTransfers("read-cold-4k-qd4", new Bars(1.15, 0.6), Place.Cold, Small, 4) { WhyNotFaster = DiskDecides },
        new RandomTransfers("read-cold-4k-qd32", new Bars(2.0, 0.45), Place.Cold, Small, 32) { WhyNotFaster = DiskDecides },
        new RandomTransfers("read-cold-4k-qd128", new Bars(3.5, 0.3), Place.Cold, Small, 128) { WhyNotFaster = DiskDecides },
    ];

    private static IEnumerable<Row> DirectReads() =>
    [
        new RandomTransfers("read-direct-4k-qd1", new Bars(1.0, 0.4), Place.Direct, Small, 1) { WhyNotFaster = DiskDecides },
        new RandomTransfers("read-direct-4k-qd4", new Bars(1.15, 0.6), Place.Direct, Small, 4) { WhyNotFaster = DiskDecides },
        new RandomTransfers("read-direct-4k-qd32", new Bars(1.9, 0.35), Place.Direct, Small, 32) { WhyNotFaster = DiskDecides },
        new RandomTransfers("read-direct-4k-qd128", new Bars(2.4, 0.25, CeilingRatio: 0.95, CeilingProcessor: 1.4), Place.Direct, Small, 128) { WhyNotFaster = DiskDecides },
    ];

    private static IEnumerable<Row> Writes() =>
    [
        new RandomTransfers("write-buffered-4k-qd1", new Bars(0.97, 1.05), Place.Cached, Small, 1, writes: true) { WhyNotFaster = BufferedWrites },
        new RandomTransfers("write-buffered-4k-qd32", new Bars(0.97, 1.05), Place.Cached, Small, 32, writes: true) { WhyNotFaster = BufferedWrites },
        new RandomTransfers("write-buffered-4k-qd128", new Bars(0.97, 1.05), Place.Cached, Small, 128, writes: true) { WhyNotFaster = BufferedWrites },
        new RandomTransfers("write-direct-4k-qd1", new Bars(1.0, 0.4), Place.Direct, Small, 1, writes: true) { WhyNotFaster = DiskDecides },
        new RandomTransfers("write-direct-4k-qd4", new Bars(1.15, 0.6), Place.Direct, Small, 4, writes: true) { WhyNotFaster = DiskDecides },
        new RandomTransfers("write-direct-4k-qd32", new Bars(2.2, 0.35), Place.Direct, Small, 32, writes: true) { WhyNotFaster = DiskDecides },
        new RandomTransfers("write-direct-4k-qd128", new Bars(3.8, 0.25), Place.Direct, Small, 128, writes: true) { WhyNotFaster = DiskDecides },
    ];

    private static IEnumerable<Row> Continuations() =>
    [
        new RandomTransfers("read-direct-4k-qd32-threadpool", new Bars(1.7, 0.85), Place.Direct, Small, 32) { Continuations = ContinuationMode.ThreadPool },
        new RandomTransfers("read-direct-4k-qd32-work10us", new Bars(1.4, 1.15), Place.Direct, Small, 32) { ComputeMicroseconds = 10 },
        new RandomTransfers("read-direct-4k-qd8-work50us", new Bars(1.2, 1.15), Place.Direct, Small, 8) { ComputeMicroseconds = 50 },
        new RandomTransfers("read-direct-4k-qd128-work50us", new Bars(1.4, 1.15), Place.Direct, Small, 128) { ComputeMicroseconds = 50 },
        new RandomTransfers("read-direct-4k-qd32-work500us", new Bars(0.97, 1.15), Place.Direct, Small, 32) { ComputeMicroseconds = 500 },
    ];

    private static IEnumerable<Row> Streams() =>
    [
        new StreamReads("stream-read-64k-cold", new Bars(0.97, 1.1), isCold: true),
        new StreamReads("stream-read-64k-cached", new Bars(0.97, 1.1), isCold: false),
        new StreamWrites("stream-write-4k", new Bars(1.2, 1.0), reachesDisk: false),
        new StreamWrites("stream-write-4k-fsync", new Bars(1.0, 1.0), reachesDisk: true) { WhyNotFaster = DiskDecides },
        new StreamCopy("stream-copy-1g-cached", new Bars(1.0, 1.05)),
    ];

    private static IEnumerable<Row> Files() =>
    [
        new FileCopy("file-copy-1g", new Bars(0.97, 1.05)),
        new SmallFileReads("small-files-cold", new Bars(1.5, 1.0), isCold: true),
        new SmallFileReads("small-files-cached", new Bars(0.97, 1.0), isCold: false),
        new FileStats("stat-10k", new Bars(0.8, 1.25)) { WhyNotFaster = "It must not block, which takes three system calls where stat(2) is one." },
    ];

    private static IEnumerable<Row> NamedPipes() =>
    [
        new IdlePipes("fifo-idle-10k", mostThreads: 0, mostHeap: 400, mostResident: 1024),
        new PipeRoundTrips("fifo-pingpong-64b", new Bars(Processor: 1.0, CeilingRatio: 1.15), isBusyPolling: false) { WhyNotFaster = "FileStream is fast where it keeps all processors awake by spinning threads of the pool; C blocks in read(2) and has no other thread to wake." },
        new PipeRoundTrips("fifo-pingpong-64b-busypoll", new Bars(CeilingRatio: 0.65), isBusyPolling: true),
        new PipeStreaming("fifo-stream-64k", new Bars(0.97, 1.0)),
        new PipeFanIn("fifo-fanin-1000x64b", new Bars(3.0)),
        new CancelLatency("cancel-latency", medianMicroseconds: 50, tailMilliseconds: 2),
        CancelRate.ByException("cancel-rate", leastRate: 50_000, mostBytes: 2048),
        CancelRate.ByResult("cancel-rate-try", leastRate: 300_000, mostOwnBytes: 0),
        new WaitingOpens("fifo-open-write-1000", new Bars(0.95), mostOpenMilliseconds: 50, mostCancelMilliseconds: 5),
        new PipesEnding("fifo-eof-10k", new Bars(0.8)),
    ];

    private static IEnumerable<Row> Loops() =>
    [
        new LoopTransfers("loop-read-direct-4k-qd128", new Bars(CeilingRatio: 0.95, CeilingProcessor: 1.15), isDirect: true, 128) { WhyNotFaster = LoopCode },
        new LoopTransfers("loop-read-cached-4k-qd32", new Bars(CeilingRatio: 0.95, CeilingProcessor: 1.15), isDirect: false, 32) { WhyNotFaster = LoopCode },
        new LoopTransfers("loop-read-direct-4k-qd1", new Bars(1.0, 0.35), isDirect: true, 1),
        new LoopRoundTrips("loop-fifo-pingpong-64b", new Bars(CeilingRatio: 1.15)),
        new LoopAwaits("loop-await", mostPostNanoseconds: 200, mostBytes: 0),
        new LoopChannel("loop-channel"),
    ];
}
