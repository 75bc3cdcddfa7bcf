using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>
/// Readers, each on a FIFO of its own, fed by one thread of their own: a reader gets its next message when it has read the last one. Each message carries the moment
/// it was written, so a reader knows how long the message has waited for it, whatever the feeding thread was kept from.
/// </summary>
internal sealed class ReaderField : IAsyncDisposable
{
    private static readonly long s_pace = Stopwatch.Frequency / 200;

    private readonly Fifo[] _fifos;
    private readonly Action<int>? _afterEach;
    private readonly int _blockers;
    private readonly long[] _written;
    private readonly long[] _sent;
    private readonly long[] _received;
    private readonly long[] _worst;
    private readonly Task[] _readers;
    private readonly Thread _feeder;
    private int _ended;

    private ReaderField(Fifo[] fifos, int blockers, Action<int>? afterEach)
    {
        _fifos = fifos;
        _blockers = blockers;
        _afterEach = afterEach;
        _written = new long[fifos.Length];
        _sent = new long[fifos.Length];
        _received = new long[fifos.Length];
        _worst = new long[fifos.Length];
        _readers = [.. Enumerable.Range(0, fifos.Length).Select(Read)];
        _feeder = new Thread(Feed) { IsBackground = true, Name = "feeder" };
        _feeder.Start();
    }

    /// <summary>Starts readers; the first <paramref name="blockers"/> of them run <paramref name="block"/> after each message, in their continuation.</summary>
    public static async Task<ReaderField> StartAsync(TempFolder folder, UringContext context, int readers, int blockers = 0, Action<int>? block = null)
    {
        var fifos = new Fifo[readers];
        for (int i = 0; i < readers; i++)
        {
            fifos[i] = await Fifo.OpenAsync(folder.Fifo(Guid.NewGuid().ToString("N")), context).ConfigureAwait(false);
        }

        return new ReaderField(fifos, blockers, block);
    }

    /// <summary>Messages the blocking readers have had.</summary>
    public long ReceivedByBlockers => Sum(0, _blockers);

    /// <summary>Messages the others have had.</summary>
    public long ReceivedByOthers => Sum(_blockers, _fifos.Length);

    /// <summary>Messages the slowest of the others has had.</summary>
    public long ReceivedBySlowest => Enumerable.Range(_blockers, _fifos.Length - _blockers).Min(i => Volatile.Read(ref _received[i]));

    /// <summary>Lets things go on for a while and tells the longest time that a message for one of the others waited in it, in milliseconds.</summary>
    public async Task<double> WorstGapOfOthers(TimeSpan duration)
    {
        for (int i = _blockers; i < _fifos.Length; i++)
        {
            Volatile.Write(ref _worst[i], 0);
        }

        await Task.Delay(duration).ConfigureAwait(false);
        long worst = 0;
        for (int i = _blockers; i < _fifos.Length; i++)
        {
            worst = Math.Max(worst, Volatile.Read(ref _worst[i]));

            // A message that still waits counts as well: a reader that is stuck must not look quick.
            if (Volatile.Read(ref _received[i]) < Volatile.Read(ref _sent[i]))
            {
                worst = Math.Max(worst, Stopwatch.GetTimestamp() - Volatile.Read(ref _written[i]));
            }
        }

        return worst * 1000.0 / Stopwatch.Frequency;
    }

    /// <summary>As <see cref="WorstGapOfOthers"/>, several times over.</summary>
    public async Task<double[]> WorstGapsOfOthers(int rounds, TimeSpan duration)
    {
        var gaps = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            gaps[i] = await WorstGapOfOthers(duration).ConfigureAwait(false);
        }

        return gaps;
    }

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _ended, 1);
        _feeder.Join();
        foreach (Fifo fifo in _fifos)
        {
            fifo.CloseWriter();
        }

        await Eventually.Ends(Task.WhenAll(_readers)).ConfigureAwait(false);
        foreach (Fifo fifo in _fifos)
        {
            fifo.Dispose();
        }
    }

    private async Task Read(int index)
    {
        byte[] buffer = new byte[8];
        UringPipeStream reader = _fifos[index].Reader;
        while (await reader.ReadAsync(buffer).ConfigureAwait(false) != 0)
        {
            long waited = Stopwatch.GetTimestamp() - BitConverter.ToInt64(buffer);
            if (waited > Volatile.Read(ref _worst[index]))
            {
                Volatile.Write(ref _worst[index], waited);
            }

            if (index < _blockers && Volatile.Read(ref _ended) == 0)
            {
                _afterEach?.Invoke(index);
            }

            Interlocked.Increment(ref _received[index]);
        }
    }

    private void Feed()
    {
        while (Volatile.Read(ref _ended) == 0)
        {
            for (int i = 0; i < _fifos.Length; i++)
            {
                long now = Stopwatch.GetTimestamp();
                bool isDue = i < _blockers || now - _written[i] >= s_pace;
                if (isDue && Volatile.Read(ref _received[i]) == _sent[i])
                {
                    Volatile.Write(ref _written[i], now);
                    Volatile.Write(ref _sent[i], _sent[i] + 1);
                    _fifos[i].Write(Stopwatch.GetTimestamp());
                }
            }

            Thread.Sleep(1);
        }
    }

    private long Sum(int from, int to)
    {
        long sum = 0;
        for (int i = from; i < to; i++)
        {
            sum += Volatile.Read(ref _received[i]);
        }

        return sum;
    }
}
