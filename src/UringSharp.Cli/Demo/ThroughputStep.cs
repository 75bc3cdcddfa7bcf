using System.Buffers;
using System.Diagnostics;

namespace UringSharp.Cli.Demo;

/// <summary>
/// Step 4: what it costs. Both contenders read the same file through the same descriptor, in turn, in one process; a third turn of the baseline in each round
/// shows how far apart two equal things are measured here.
/// </summary>
internal sealed class ThroughputStep : IDemoStep
{
    private const int BlockSize = 4096;

    /// <summary>Between turns: the pool's threads spin for a while after their last work.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(40);

    /// <inheritdoc/>
    public string Title(DemoPlan plan) =>
        $"reads of 4 KiB at random against RandomAccess.ReadAsync: {plan.ThroughputRounds} rounds, in turn, of {Figures.Time(plan.ThroughputTurn)} each";

    /// <inheritdoc/>
    public void Run(DemoSession session)
    {
        DemoFile file = session.File;
        List<string[]> rows = [];
        bool skippedDirect = false;
        using UringContext context = new();
        foreach (Workload workload in Workload.All)
        {
            if (Open(session, file, workload, context) is not { } source)
            {
                skippedDirect = true;
                continue;
            }

            using (source)
            {
                rows.AddRange(session.Report.Track(workload.Name, progress => Measure(session, file, workload, source, progress)));
            }
        }

        session.Report.Table(["", "", "RandomAccess", "UringSharp", "ratio", "bar"], rows);
        if (skippedDirect)
        {
            session.Report.Text(
                $"SKIPPED: the O_DIRECT rows. {session.Place.FileSystem} has no direct I/O to a disk; --folder PATH names a place on another file system.");
        }

        session.Report.Text("Medians of the rounds, quartiles in brackets. CPU: user and system time of the whole process. A/A: the same thing measured twice; "
            + "as far as its ratio is from 1.00, as far may the others be off.");
        session.Report.Text("These figures are information: a missed bar does not fail the demo, since a busy machine misses any of them.");
    }

    private static UringFile? Open(DemoSession session, DemoFile file, Workload workload, UringContext context)
    {
        if (workload.IsDirect && !session.Place.HasDirectIO)
        {
            return null;
        }

        UringFileOptions options = new() { Direct = workload.IsDirect, Context = context };
        return UringFile.OpenAsync(file.Path, FileMode.Open, FileAccess.Read, options).AsTask().GetAwaiter().GetResult();
    }

    private static List<string[]> Measure(DemoSession session, DemoFile file, Workload workload, UringFile source, IProgress<double> progress)
    {
        if (!workload.IsDirect)
        {
            file.Cache(session.CancellationToken);
        }

        IBlockReader baseline = new RandomAccessBlocks(source.SafeFileHandle);
        IBlockReader uring = new UringBlocks(source);
        int rounds = session.Plan.ThroughputRounds;
        List<(Turn Baseline, Turn Uring, Turn Again)> results = [];

        // The first round warms up, compiler and pool, and does not count.
        for (int round = 0; round <= rounds; round++)
        {
            // Who goes first changes, so that a machine that slows down or speeds up favours nobody.
            var turns = new Turn[3];
            IBlockReader[] contenders = [baseline, uring, baseline];
            for (int i = 0; i < turns.Length; i++)
            {
                int turn = (i + round) % turns.Length;
                turns[turn] = Play(session, file, workload, contenders[turn]);
                progress.Report(((round * turns.Length) + i + 1.0) / ((rounds + 1) * turns.Length));
            }

            if (round > 0)
            {
                results.Add((turns[0], turns[1], turns[2]));
            }
        }

        var rate = Spread.Of(results.Select(static round => round.Uring.Rate / round.Baseline.Rate));
        var processor = Spread.Of(results.Select(static round => round.Uring.Processor / round.Baseline.Processor));
        var rateAgain = Spread.Of(results.Select(static round => round.Again.Rate / round.Baseline.Rate));
        var processorAgain = Spread.Of(results.Select(static round => round.Again.Processor / round.Baseline.Processor));
        string first = Rate(results.Select(static round => round.Baseline));
        string firstProcessor = Processor(results.Select(static round => round.Baseline));
        return
        [
            [
                workload.Name, "operations/s", first, Rate(results.Select(static round => round.Uring)), rate.ToString(),
                $"≥ {Figures.Ratio(workload.RateBar)} {Verdict(rate.Median >= workload.RateBar)}",
            ],
            [
                string.Empty, "CPU/operation", firstProcessor, Processor(results.Select(static round => round.Uring)), processor.ToString(),
                $"≤ {Figures.Ratio(workload.ProcessorBar)} {Verdict(processor.Median <= workload.ProcessorBar)}",
            ],
            ["  A/A: RandomAccess twice", "operations/s", first, Rate(results.Select(static round => round.Again)), rateAgain.ToString(), string.Empty],
            [string.Empty, "CPU/operation", firstProcessor, Processor(results.Select(static round => round.Again)), processorAgain.ToString(), string.Empty],
        ];
    }

    private static Turn Play(DemoSession session, DemoFile file, Workload workload, IBlockReader reader)
    {
        session.CancellationToken.ThrowIfCancellationRequested();
        Thread.Sleep(s_pause);
        using AlignedMemoryPool pool = new();
        IMemoryOwner<byte>[] blocks = [.. Enumerable.Range(0, workload.InFlight).Select(_ => pool.Rent(BlockSize))];
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        long until = began + (long)(session.Plan.ThroughputTurn.TotalSeconds * Stopwatch.Frequency);
        Task<long>[] readers = [.. blocks.Select((block, i) => Task.Run(() => ReadUntilAsync(reader, block.Memory, file.Length / BlockSize, (ulong)i, until)))];
        Task.WaitAll(readers, CancellationToken.None);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        processor = Environment.CpuUsage.TotalTime - processor;
        Array.ForEach(blocks, static block => block.Dispose());
        long operations = readers.Sum(static task => task.Result);
        return new Turn(operations / seconds, processor.TotalMicroseconds / operations);
    }

    private static async Task<long> ReadUntilAsync(IBlockReader reader, Memory<byte> block, long blocks, ulong seed, long until)
    {
        SplitMix random = new(seed);
        long operations = 0;
        do
        {
            await reader.ReadAsync(block, random.Next(blocks) * BlockSize).ConfigureAwait(false);
            operations++;
        }
        while (Stopwatch.GetTimestamp() < until);

        return operations;
    }

    private static string Rate(IEnumerable<Turn> turns) => Figures.Count((long)Spread.Of(turns.Select(static turn => turn.Rate)).Median);

    private static string Processor(IEnumerable<Turn> turns) => $"{Figures.Ratio(Spread.Of(turns.Select(static turn => turn.Processor)).Median)} µs";

    private static string Verdict(bool met) => met ? "met" : "missed";
}
