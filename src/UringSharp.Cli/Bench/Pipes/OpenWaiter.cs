using System.Diagnostics;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Has many opens wait for readers, and looks what a loop of reads does meanwhile.</summary>
internal sealed class OpenWaiter : IContender
{
    /// <summary>A finding: one tries again for all opens, whatever their number.</summary>
    internal const string ThreadsAdded = "threads for all opens together";

    /// <summary>A finding.</summary>
    internal const string SlowestOpen = "the slowest open, from its reader's on,";

    /// <summary>A finding.</summary>
    internal const string SlowestCancel = "the slowest cancel";

    /// <summary>How many that may be.</summary>
    internal const int MostThreads = 1;

    private const int Samples = 20;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly UringContext _context;
    private readonly SideReads _reads;
    private readonly string[] _paths;
    private readonly Task<UringPipeStream>[] _opens;
    private readonly CancellationTokenSource[] _sources;
    private readonly int _threads;
    private int _next;

    internal OpenWaiter(string name, UringContext context, PipeSite site, SideReads reads)
    {
        Name = name;
        _context = context;
        _reads = reads;
        _paths = site.MakePipes(site.SomePipes);
        _opens = new Task<UringPipeStream>[_paths.Length];
        _sources = new CancellationTokenSource[_paths.Length];
        ThreadCensus.WarmUp();
        _ = reads.Watch(s_warmUp, static () => { }, static () => true);
        _threads = ThreadCensus.Take().Threads;
        for (int i = 0; i < _paths.Length; i++)
        {
            BeginOpen(i);
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        Lap lap = _reads.Watch(length, static () => { }, static () => true);

        // Those that made the first attempts leave when they find nothing more to do.
        _ = Waiting.Holds(() => CountAdded() <= MostThreads, s_limit, cancellationToken);
        return lap with
        {
            Findings =
            [
                new Finding(ThreadsAdded, string.Empty, CountAdded()),
                new Finding(SlowestOpen, "ms", MeasureSlowest(MeetReader).TotalMilliseconds),
                new Finding(SlowestCancel, "ms", MeasureSlowest(Cancel).TotalMilliseconds),
            ],
        };
    }

    private int CountAdded() => Math.Max(0, ThreadCensus.Take().Threads - _threads);

    private TimeSpan MeasureSlowest(Func<int, TimeSpan> measure) => Enumerable.Range(0, Samples).Max(_ =>
    {
        _next = (_next + 1) % _paths.Length;
        TimeSpan time = measure(_next);
        BeginOpen(_next);
        return time;
    });

    private TimeSpan MeetReader(int index)
    {
        long began = Stopwatch.GetTimestamp();
        using UringPipeStream reader = PipeEnds.OpenReader(_context, _paths[index]);
        if (!Waiting.Ends(_opens[index], s_limit, CancellationToken.None))
        {
            throw new TimeoutException("An open has not seen that there is a reader.");
        }

        TimeSpan time = Stopwatch.GetElapsedTime(began);
        _opens[index].Result.Dispose();
        return time;
    }

    private TimeSpan Cancel(int index)
    {
        long began = Stopwatch.GetTimestamp();
        _sources[index].Cancel();
        return Waiting.Ends(_opens[index], s_limit, CancellationToken.None) && _opens[index].IsCanceled
            ? Stopwatch.GetElapsedTime(began)
            : throw new TimeoutException("A cancelled open has not ended as cancelled.");
    }

    private void BeginOpen(int index)
    {
        _sources[index]?.Dispose();
        _sources[index] = new CancellationTokenSource();
        _opens[index] = NamedPipe.OpenWriteAsync(_paths[index], new NamedPipeOptions { Context = _context }, _sources[index].Token).AsTask();
    }
}
