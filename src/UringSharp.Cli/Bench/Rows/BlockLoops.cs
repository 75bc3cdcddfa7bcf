using System.Diagnostics;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>The loops that read and write blocks: the same code for every contender.</summary>
internal static class BlockLoops
{
    private const int ExpectedLatencies = 4096;

    /// <summary>Between the reads of the loop that watches: it shall see how others fare, not be one more who loads the machine.</summary>
    private static readonly TimeSpan s_betweenWatches = TimeSpan.FromMilliseconds(1);

    /// <summary>Reads; goes on where it was begun, where it <paramref name="stays"/>.</summary>
    internal static async Task<Work> ReadAsync(BlockFile file, int loop, Course course, LapClock clock, bool stays = false)
    {
        await clock.ArriveAsync().ConfigureAwait(stays);
        Work work = default;
        while (course.TryNext(out long offset))
        {
            int read = await file.ReadAsync(loop, offset).ConfigureAwait(stays);
            work = Count(work, read);
            if (clock.IsOver)
            {
                break;
            }
        }

        return work;
    }

    /// <summary>Writes.</summary>
    internal static async Task<Work> WriteAsync(BlockFile file, int loop, Course course, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        Work work = default;
        while (course.TryNext(out long offset))
        {
            await file.WriteAsync(loop, offset).ConfigureAwait(false);
            work = Count(work, file[loop].Length);
            if (clock.IsOver)
            {
                break;
            }
        }

        return work;
    }

    /// <summary>Reads, and computes with what it has read.</summary>
    internal static async Task<Work> ReadAndComputeAsync(BlockFile file, int loop, Course course, Computation computation, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        Work work = default;
        while (course.TryNext(out long offset))
        {
            int read = await file.ReadAsync(loop, offset).ConfigureAwait(false);
            computation.Run();
            work = Count(work, read);
            if (clock.IsOver)
            {
                break;
            }
        }

        return work;
    }

    /// <summary>Reads now and then without computing, and notes how long that takes; does not count.</summary>
    internal static async Task<Work> WatchAsync(BlockFile file, int loop, Course course, LapClock clock)
    {
        List<long> latencies = new(ExpectedLatencies);
        await clock.ArriveAsync().ConfigureAwait(false);
        while (course.TryNext(out long offset))
        {
            long began = Stopwatch.GetTimestamp();
            await file.ReadAsync(loop, offset).ConfigureAwait(false);
            latencies.Add(Stopwatch.GetTimestamp() - began);
            if (clock.IsOver)
            {
                break;
            }

            await Task.Delay(s_betweenWatches, CancellationToken.None).ConfigureAwait(false);
        }

        return new Work(0, 0, latencies);
    }

    private static Work Count(Work work, int bytes) =>
        bytes > 0 ? new Work(work.Operations + 1, work.Bytes + bytes) : throw new EndOfStreamException("The file is shorter than it was.");
}
