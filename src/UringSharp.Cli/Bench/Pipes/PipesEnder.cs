using System.Diagnostics;
using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Lets very many pipes end at once, and looks what a loop of reads does meanwhile.</summary>
internal sealed class PipesEnder : IContender, IDisposable
{
    /// <summary>A finding.</summary>
    internal const string ThreadsLeft = "threads left behind";

    /// <summary>What it waits for when all has ended, before a thread counts as left behind.</summary>
    private static readonly TimeSpan s_leaveTime = TimeSpan.FromSeconds(10);

    private readonly UringContext _context;
    private readonly PipeSite _site;
    private readonly SideReads _reads;
    private readonly string[] _paths;
    private UringPipeStream[] _pipes = [];
    private Peer? _writer;
    private int _ended;
    private long _endedAt;

    internal PipesEnder(string name, UringContext context, PipeSite site, SideReads reads)
    {
        Name = name;
        _context = context;
        _site = site;
        _reads = reads;
        _paths = site.MakePipes(site.Pipes);
        ThreadCensus.WarmUp();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public void Prepare()
    {
        _ended = 0;
        _pipes = Array.ConvertAll(_paths, path => PipeEnds.OpenReader(_context, path));
        Array.ForEach(_pipes, pipe => _ = ReadToEndAsync(pipe));
        _writer = new Peer(_site, "peer-hold", string.Create(CultureInfo.InvariantCulture, $"count={_paths.Length}"));
        _writer.AwaitReady();
    }

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        var before = ThreadCensus.Take();
        long began = 0;
        Lap lap = _reads.Watch(length, begin: () =>
        {
            began = Stopwatch.GetTimestamp();
            _writer!.Tell();
        }, mayEnd: () => Volatile.Read(ref _ended) == _paths.Length);

        Array.ForEach(_pipes, static pipe => pipe.Dispose());
        Dispose();
        _ = Waiting.Holds(() => CountLeft(before) == 0, s_leaveTime, cancellationToken);
        return lap with
        {
            Findings =
            [
                new Finding("the last end was seen after", "ms", Stopwatch.GetElapsedTime(began, Volatile.Read(ref _endedAt)).TotalMilliseconds),
                new Finding(ThreadsLeft, string.Empty, CountLeft(before)),
            ],
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }

    /// <summary>Threads of the process and workers of the kernel that were not there before.</summary>
    private static int CountLeft(ThreadCensus before)
    {
        var now = ThreadCensus.Take();
        return Math.Max(0, now.Threads - before.Threads) + Math.Max(0, now.KernelWorkers - before.KernelWorkers);
    }

    private async Task ReadToEndAsync(UringPipeStream pipe)
    {
        byte[] buffer = new byte[16];
        while (await pipe.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false) > 0)
        {
        }

        Volatile.Write(ref _endedAt, Stopwatch.GetTimestamp());
        Interlocked.Increment(ref _ended);
    }
}
