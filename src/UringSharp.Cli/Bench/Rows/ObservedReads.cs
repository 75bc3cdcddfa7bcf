using System.Diagnostics.Metrics;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Reads from the page cache while somebody listens to the meter, beside the same while nobody does: what is counted for a listener costs nobody else anything.</summary>
internal sealed class ObservedReads(string name, Bars bars, int blockSize) : Row(name, Unit.OperationsPerSecond, bars)
{
    private const string MeterName = "UringSharp";

    /// <inheritdoc/>
    internal override string Description => $"reads of {Figures.Count(blockSize / 1024)} KiB at random from the page cache, 1 in flight, with a listener to the meter; the baseline is without";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        DataFile file = session.ReadFile;
        file.Cache(session.CancellationToken);
        UringBlockFile one = new(new BlockFilePlan(file.Path, FileAccess.Read, 1, blockSize, IsDirect: false, HasNoReadAhead: false), ContinuationMode.Adaptive);
        return new Contest(
            new ManagedContender("observed", clock => [ReadObservedAsync(one, file.Length, clock)]),
            [new ManagedContender("UringSharp", clock => [ReadAsync(one, file.Length, clock)])],
            ceiling: null,
            one);
    }

    private async Task<Work> ReadObservedAsync(BlockFile file, long length, LapClock clock)
    {
        using MeterListener listener = new();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
        return await ReadAsync(file, length, clock);
    }

    private Task<Work> ReadAsync(BlockFile file, long length, LapClock clock)
    {
        Course course = Course.Random(1, length, blockSize)[0];
        return Task.Run(() => BlockLoops.ReadAsync(file, 0, course, clock));
    }
}
