using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>A message that is written when the last one has been read: how long from write(2) to the reader's continuation.</summary>
internal sealed class Ping : IDisposable
{
    private readonly Fifo _fifo;
    private readonly byte[] _buffer = new byte[8];

    private Ping(Fifo fifo) => _fifo = fifo;

    public static async Task<Ping> StartAsync(TempFolder folder, UringContext context) =>
        new(await Fifo.OpenAsync(folder.Fifo("ping"), context).ConfigureAwait(false));

    /// <summary>The median of so many messages.</summary>
    public async Task<double> MedianMicroseconds(int count)
    {
        double[] all = new double[count];
        int received = 0;

        async Task Read()
        {
            for (int i = 0; i < count; i++)
            {
                await _fifo.Reader.ReadAsync(_buffer).ConfigureAwait(false);
                all[i] = Stopwatch.GetElapsedTime(BitConverter.ToInt64(_buffer)).TotalMicroseconds;
                Volatile.Write(ref received, i + 1);
            }
        }

        Thread writer = new(() =>
        {
            for (int i = 0; i < count; i++)
            {
                SpinWait spin = default;
                while (Volatile.Read(ref received) < i)
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                }

                // Time for the reader to wait again.
                Thread.SpinWait(2_000);
                _fifo.Write(Stopwatch.GetTimestamp());
            }
        });
        Task reading = Read();
        writer.Start();
        await Eventually.Ends(reading).ConfigureAwait(false);
        writer.Join();
        return Figures.Median(all);
    }

    public void Dispose() => _fifo.Dispose();
}
