using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>A reader whose every answer is there at once, in an endless loop on the pump: others go on.</summary>
public sealed class SynchronousAnswerTests
{
    /// <summary>The issue asks that others go on and gives no figure; in milliseconds.</summary>
    private const double GoingOn = 100;

    private const int Rounds = 3;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(200);

    [Test]
    public async Task Others_go_on_beside_an_endless_loop_of_cached_reads([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        using FullThreadPool pool = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using UringFile file = await OpenCached(folder, context);
        await using ReaderField others = await ReaderField.StartAsync(folder, context, 8);
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        long reads = 0;
        bool isEnded = false;
        Task? loop = null;
        Action start = () => loop = ReadForEver();

        async Task ReadForEver()
        {
            byte[] buffer = new byte[512];
            while (!Volatile.Read(ref isEnded))
            {
                await file.ReadAsync(buffer, 0).ConfigureAwait(false);
                Volatile.Write(ref reads, reads + 1);
            }
        }

        // The loop may keep the thread it is started on, so nobody waits for the starter.
        Task starting = mode == ContinuationMode.ThreadPool ? runner.RunAnywhere(start) : runner.Run(start);
        await Eventually.Holds(() => Volatile.Read(ref reads) > 10_000, () => $"{reads} cached reads");

        long before = others.ReceivedBySlowest;
        await Figures.MedianShouldBeWithin(
            GoingOn, $"{mode}: longest wait of the others beside a cached-read loop, in each round", "ms", () => others.WorstGapsOfOthers(Rounds, s_round));
        long after = others.ReceivedBySlowest;
        Volatile.Write(ref isEnded, true);
        await Eventually.Ends(starting);
        await Eventually.Ends(loop!);

        after.Should().BeGreaterThan(before);
    }

    [Test]
    public async Task On_the_pump_the_loop_goes_through_the_dispatcher_now_and_then()
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
        using UringFile file = await OpenCached(folder, context);
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        int synchronous = 0;
        byte[] buffer = new byte[512];
        Task? pending = null;

        await runner.Run(() =>
        {
            while (synchronous < 100_000)
            {
                ValueTask<int> read = file.ReadAsync(buffer, 0);
                if (!read.IsCompleted)
                {
                    pending = read.AsTask();
                    return;
                }

                synchronous++;
            }
        });

        TestContext.Out.WriteLine($"{synchronous} synchronous answers in a turn");
        synchronous.Should().BeLessThanOrEqualTo(128);
        await Eventually.Ends(pending!);
    }

    [Test]
    public async Task Away_from_the_pump_no_answer_is_delayed()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using UringFile file = await OpenCached(folder, context);
        byte[] buffer = new byte[512];

        int delayed = await Task.Factory.StartNew(
            () =>
            {
                int pending = 0;
                for (int i = 0; i < 10_000; i++)
                {
                    ValueTask<int> read = file.ReadAsync(buffer, 0);
                    pending += read.IsCompletedSuccessfully ? 0 : 1;
                    read.AsTask().Wait();
                }

                return pending;
            },
            TaskCreationOptions.LongRunning);

        delayed.Should().Be(0);
    }

    [Test]
    public async Task An_endless_loop_of_reads_that_a_pipe_answers_at_once_lets_others_go_on([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        using FullThreadPool pool = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        await using ReaderField others = await ReaderField.StartAsync(folder, context, 8);
        using Fifo full = await Fifo.OpenAsync(folder.Fifo(), context);
        using CancellationTokenSource ended = new();
        long reads = 0;
        Thread writer = new(() =>
        {
            SpinWait spin = default;
            for (long written = 0; !ended.IsCancellationRequested; written++)
            {
                full.Write();
                while (written - Volatile.Read(ref reads) > 1_000 && !ended.IsCancellationRequested)
                {
                    spin.SpinOnce();
                }
            }

            full.CloseWriter();
        });
        writer.Start();

        async Task ReadAll()
        {
            byte[] buffer = new byte[8];
            while (await full.Reader.ReadAsync(buffer).ConfigureAwait(false) != 0)
            {
                Volatile.Write(ref reads, reads + 1);
            }
        }

        Task reading = ReadAll();
        await Figures.MedianShouldBeWithin(
            GoingOn, $"{mode}: longest wait of the others beside a reader of a full pipe, in each round", "ms", () => others.WorstGapsOfOthers(Rounds, s_round));
        await ended.CancelAsync();
        writer.Join();
        await Eventually.Ends(reading);
        Figures.Print("reads of the full pipe", reads, string.Empty);
    }

    private static async Task<UringFile> OpenCached(TempFolder folder, UringContext context)
    {
        string path = folder.File("cached", new byte[4096]);
        UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context }).ConfigureAwait(false);
        await file.ReadAsync(new byte[4096], 0).ConfigureAwait(false);
        return file;
    }
}
