using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Begins a read of each pipe, cancels all of them when they wait in the kernel, awaits them, and begins again.</summary>
internal sealed class CancelBatch(UringContext context, UringPipeStream[] pipes)
{
    private readonly byte[] _buffer = new byte[64];
    private readonly CancellationTokenSource[] _sources = new CancellationTokenSource[pipes.Length];

    /// <summary>Each ends with an exception.</summary>
    internal async Task<Work> RunAsync(LapClock clock)
    {
        var reads = new ValueTask<int>[pipes.Length];
        long cancelled = 0;
        await clock.ArriveAsync().ConfigureAwait(false);
        do
        {
            for (int i = 0; i < reads.Length; i++)
            {
#pragma warning disable CA2012 // Each is consumed once, below.
                reads[i] = pipes[i].ReadAsync(_buffer, NewToken(i));
#pragma warning restore CA2012
            }

            // To another thread: this may be the one that submits.
            await Task.Yield();
            CancelAll();
            foreach (ValueTask<int> read in reads)
            {
                try
                {
                    await read.ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    cancelled++;
                }
            }
        }
        while (!clock.IsOver);

        return new Work(cancelled, 0);
    }

    /// <summary>Each ends with an answer.</summary>
    internal async Task<Work> RunWithoutExceptionsAsync(LapClock clock)
    {
        var reads = new ValueTask<PipeReadResult>[pipes.Length];
        long cancelled = 0;
        await clock.ArriveAsync().ConfigureAwait(false);
        do
        {
            for (int i = 0; i < reads.Length; i++)
            {
#pragma warning disable CA2012 // Each is consumed once, below.
                reads[i] = pipes[i].TryReadAsync(_buffer, NewToken(i));
#pragma warning restore CA2012
            }

            // To another thread: this may be the one that submits.
            await Task.Yield();
            CancelAll();
            foreach (ValueTask<PipeReadResult> read in reads)
            {
                cancelled += (await read.ConfigureAwait(false)).IsCanceled ? 1 : 0;
            }
        }
        while (!clock.IsOver);

        return new Work(cancelled, 0);
    }

    private CancellationToken NewToken(int index)
    {
        _sources[index] = new CancellationTokenSource();
        return _sources[index].Token;
    }

    private void CancelAll()
    {
        SpinWait untilAllWait = default;
        while (context.GetStatistics().InFlight < pipes.Length)
        {
            untilAllWait.SpinOnce(sleep1Threshold: -1);
        }

        foreach (CancellationTokenSource source in _sources)
        {
            source.Cancel();
            source.Dispose();
        }
    }
}
