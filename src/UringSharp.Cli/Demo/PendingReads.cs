using System.Diagnostics;

namespace UringSharp.Cli.Demo;

/// <summary>Many named pipes that nobody writes to, a read pending on each, all cancelled at once.</summary>
internal sealed class PendingReads : IDisposable
{
    private static readonly TimeSpan s_timerTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_disposeTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_leaveTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly PendingReadsPlan _plan;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenSource _source = new();
    private readonly string[] _paths;
    private readonly IPipeContender _contender;
    private readonly ThreadCensus _before;
    private Stream[] _streams = [];
    private Task[] _reads = [];

    private PendingReads(PendingReadsPlan plan, Func<IPipeContender> begin, CancellationToken stop)
    {
        _plan = plan;
        _stop = stop;
        Directory.CreateDirectory(plan.Folder);
        _paths = [.. Enumerable.Range(0, plan.Fifos).Select(i => Path.Combine(plan.Folder, $"fifo-{i}"))];
        Array.ForEach(_paths, static path => NamedPipe.Create(path));
        ThreadCensus.WarmUp();
        _before = ThreadCensus.Take();
        _contender = begin();
    }

    private int Hanging => _reads.Count(static read => !read.IsCompleted);

    /// <summary>Measures one contender.</summary>
    internal static PendingReadsResult Measure(PendingReadsPlan plan, Func<IPipeContender> begin, CancellationToken stop)
    {
        using PendingReads run = new(plan, begin, stop);
        bool allWait = run.Start();
        TimeSpan timerDelay = run.MeasureTimer();
        ThreadCensus pending = run.Observe();
        TimeSpan lastEnd = run.Cancel();
        int never = run.Hanging;
        int withToken = run._reads.Count(run.IsCancelledByOurToken);
        int neverAfterDispose = run.DisposeStreams();
        ThreadCensus after = run.Leave();
        return new PendingReadsResult(run._before, pending, after, allWait, timerDelay, lastEnd, never, neverAfterDispose, withToken, ThreadCensus.HasRing());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_streams, static stream => stream.Dispose());
        _contender.Dispose();
        Release();
        _source.Dispose();
    }

    /// <summary>Begins the reads. True when all of them wait in the kernel at the same time, as far as the contender can tell.</summary>
    private bool Start()
    {
        _streams = Array.ConvertAll(_paths, _contender.OpenWithoutWriter);
        _reads = Array.ConvertAll(_streams, stream => stream.ReadAsync(new byte[16], _source.Token).AsTask() as Task);
        return _contender.PendingReads is null || Waiting.Holds(() => _contender.PendingReads >= _reads.Length, s_limit, _stop);
    }

    /// <summary>How long a timer of 100 ms takes while the reads wait.</summary>
    private TimeSpan MeasureTimer()
    {
        long asked = Stopwatch.GetTimestamp();
        Waiting.Ends(Task.Delay(s_timerTime, CancellationToken.None), s_limit, _stop);
        return Stopwatch.GetElapsedTime(asked);
    }

    /// <summary>The most threads seen while the reads wait.</summary>
    private ThreadCensus Observe()
    {
        var pending = ThreadCensus.Take();
        Waiting.Watch(_plan.PendingTime, () => pending = pending.Max(ThreadCensus.Take()), _stop);
        return pending;
    }

    /// <summary>Cancels all reads, and returns how long it took until the last had ended; or the time after which that is given up.</summary>
    private TimeSpan Cancel()
    {
        var all = Task.WhenAll(_reads);
        long cancelled = Stopwatch.GetTimestamp();
        _source.Cancel();
        Waiting.Ends(all, _plan.NeverTime, _stop);
        return Stopwatch.GetElapsedTime(cancelled);
    }

    /// <summary>Disposes the streams, and returns how many reads hang all the same.</summary>
    private int DisposeStreams()
    {
        Array.ForEach(_streams, static stream => stream.Dispose());
        if (Hanging > 0)
        {
            Waiting.Ends(Task.WhenAll(_reads), s_disposeTime, _stop);
        }

        return Hanging;
    }

    /// <summary>Ends everything, and returns what is left. The kernel takes rings and threads down in its own time.</summary>
    private ThreadCensus Leave()
    {
        Release();
        Waiting.Ends(Task.WhenAll(_reads), s_limit, _stop);
        _contender.Dispose();
        Waiting.Holds(IsAsBefore, s_leaveTime, _stop);
        return ThreadCensus.Take();
    }

    private bool IsAsBefore()
    {
        var now = ThreadCensus.Take();
        return now.PumpThreads == 0 && now.Descriptors <= _before.Descriptors && !ThreadCensus.HasRing();
    }

    private bool IsCancelledByOurToken(Task read)
    {
        if (!read.IsCanceled)
        {
            return false;
        }

        try
        {
            read.GetAwaiter().GetResult();
            return false;
        }
        catch (OperationCanceledException e)
        {
            return e.CancellationToken == _source.Token;
        }
    }

    /// <summary>Writes a byte to each read that hangs: nothing else ends a thread in read(2).</summary>
    private void Release()
    {
        for (int i = 0; i < _reads.Length; i++)
        {
            if (!_reads[i].IsCompleted)
            {
                // Opened for both, so that it does not block where the hanging read has gone meanwhile.
                using FileStream writer = new(_paths[i], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
                writer.WriteByte(0);
            }
        }
    }
}
