using System.Buffers.Binary;
using UringSharp.Tests.Engine;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Foreign threads post and cancel while a loop reads and writes files and pipes: nothing is lost, and nothing leaks. Longer with URINGSHARP_SOAK, for so many seconds.</summary>
[NonParallelizable]
[Category("Faults")]
public sealed class LoopStressTests
{
    private const int Posters = 8;
    private const double Seconds = 5;

    [Test]
    public async Task Nothing_is_lost_while_many_threads_post_and_cancel([Values(0, 50)] int busyPollMicroseconds)
    {
        using TempFolder folder = DiskFolder.Create();
        string fifo = folder.Fifo();
        string idle = folder.Fifo("idle");
        string path = folder.File("file", new byte[65536]);
        double seconds = SoakTime.IsLong ? double.Parse(Environment.GetEnvironmentVariable("URINGSHARP_SOAK")!, System.Globalization.CultureInfo.InvariantCulture) : Seconds / (SoakTime.IsOverFaults ? 6 : 2);
        int descriptors = Footprint.DescriptorsInUse;
        int mappings = Footprint.RingMappings;
        long[] posted = new long[Posters];
        long[] ran = new long[Posters];
        long[] cancelled = new long[Posters];
        long outOfOrder = 0;
        long bytes = 0;
        long blocks = 0;
        using CancellationTokenSource over = new();
        UringLoopOptions options = new() { BusyPoll = TimeSpan.FromMicroseconds(busyPollMicroseconds), QueueDepth = 16 };
        await Eventually.Ends(
            LoopThread.Start(() =>
            {
                UringLoop.Run(MainAsync, options);
                return true;
            }),
            TimeSpan.FromSeconds(seconds) + Eventually.Deadline);

        TestContext.Out.WriteLine($"{posted.Sum()} posts, {cancelled.Sum()} cancelled, {bytes} bytes through the pipe, {blocks} blocks read");
        ran.Should().Equal(posted);
        outOfOrder.Should().Be(0);
        blocks.Should().BePositive();
        bytes.Should().BePositive();
        Footprint.RingMappings.Should().BeLessThanOrEqualTo(mappings);
        await Eventually.Holds(() => Footprint.DescriptorsInUse <= descriptors, () => $"{Footprint.Descriptors - descriptors} descriptors left");

        async Task MainAsync()
        {
            UringLoop loop = UringLoop.Current!;
            int thread = Environment.CurrentManagedThreadId;
            UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
            UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
            await using UringPipeStream never = await NamedPipe.OpenReadAsync(idle);
            await using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read);
            over.CancelAfter(TimeSpan.FromSeconds(seconds));
            Task[] working = [WriteAsync(), ReadAsync(), ReadFileAsync(), .. Enumerable.Range(0, Posters).Select(PostAsync)];
            await Task.WhenAll(working);
            Environment.CurrentManagedThreadId.Should().Be(thread);

            async Task WriteAsync()
            {
                byte[] message = new byte[8];
                await using (writer)
                {
                    for (long number = 0; !over.IsCancellationRequested; number++)
                    {
                        BinaryPrimitives.WriteInt64LittleEndian(message, number);
                        await writer.WriteAsync(message);
                    }
                }
            }

            async Task ReadAsync()
            {
                byte[] buffer = new byte[64];
                await using (reader)
                {
                    int kept = 0;
                    long next = 0;
                    while (await reader.ReadAsync(buffer.AsMemory(kept)) is > 0 and int read)
                    {
                        kept += read;
                        bytes += read;
                        int taken = 0;
                        for (; kept - taken >= 8; taken += 8)
                        {
                            BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(taken)).Should().Be(next++);
                        }

                        buffer.AsSpan(taken, kept - taken).CopyTo(buffer);
                        kept -= taken;
                    }

                    kept.Should().Be(0);
                }
            }

            async Task ReadFileAsync()
            {
                byte[] block = new byte[4096];
                while (!over.IsCancellationRequested)
                {
                    (await file.ReadAsync(block, 4096 * (blocks++ % 16))).Should().Be(4096);
                    if (blocks % 64 == 0)
                    {
                        await loop.Delay(TimeSpan.FromMicroseconds(blocks % 100));
                    }
                }
            }

            async Task PostAsync(int poster)
            {
                await LoopThread.Start(() =>
                {
                    Random random = new(poster);
                    while (!over.IsCancellationRequested)
                    {
                        for (int burst = random.Next(1, 64); burst > 0; burst--)
                        {
                            long number = posted[poster]++;
                            loop.Post(() =>
                            {
                                if (ran[poster]++ != number || Environment.CurrentManagedThreadId != thread)
                                {
                                    outOfOrder++;
                                }
                            });
                        }

                        using CancellationTokenSource source = new();
                        ValueTask<PipeReadResult> read = never.TryReadAsync(new byte[8], source.Token);
                        ValueTask delay = loop.Delay(TimeSpan.FromMicroseconds(random.Next(2_000)), source.Token);
                        Thread.SpinWait(random.Next(2_000));
                        source.Cancel();
                        if (!read.AsTask().WaitAsync(Eventually.Deadline).GetAwaiter().GetResult().IsCanceled)
                        {
                            throw new InvalidOperationException("Data out of nowhere.");
                        }

                        try
                        {
                            delay.AsTask().WaitAsync(Eventually.Deadline).GetAwaiter().GetResult();
                        }
                        catch (OperationCanceledException)
                        {
                            // One of the two it is.
                        }

                        cancelled[poster]++;
                        while (Volatile.Read(ref posted[poster]) - Volatile.Read(ref ran[poster]) > 10_000)
                        {
                            Thread.Yield();
                        }
                    }

                    return true;
                });
            }
        }
    }

    [Test]
    public async Task What_is_posted_beside_the_end_runs_on_the_loop_or_on_the_pool_or_is_refused()
    {
        int rounds = SoakTime.IsLong ? 20_000 : SoakTime.IsOverFaults ? 20 : 100;
        int seed = TestContext.CurrentContext.Random.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        Random random = new(seed);
        int onPool = 0;
        for (int round = 0; round < rounds; round++)
        {
            int accepted = 0;
            int ran = 0;
            int notBegun = 0;
            int refused = 0;
            Task[] posting = [];
            int spins = random.Next(20_000);
            await LoopThread.RunAsync(async () =>
            {
                UringLoop loop = UringLoop.Current!;
                int thread = Environment.CurrentManagedThreadId;
                using Barrier barrier = new(3);
                posting = [.. Enumerable.Range(0, 2).Select(i => LoopThread.Start(() =>
                {
                    barrier.SignalAndWait();
                    try
                    {
                        for (int n = 0; n < 3_000; n++)
                        {
                            if (i == 0)
                            {
                                loop.Post(Count);
                            }
                            else
                            {
                                Task task = loop.InvokeAsync(Count);
                                task.ContinueWith(
                                    ended => Interlocked.Add(ref notBegun, ended.Exception?.InnerException is ObjectDisposedException ? 1 : 0), TaskScheduler.Default);
                            }

                            Interlocked.Increment(ref accepted);
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        Interlocked.Increment(ref refused);
                    }

                    return true;
                }))];
                barrier.SignalAndWait();
                Thread.SpinWait(spins);
                await Task.Yield();

                void Count()
                {
                    Interlocked.Increment(ref ran);
                    if (Environment.CurrentManagedThreadId != thread)
                    {
                        Interlocked.Increment(ref onPool);
                    }
                }
            });
            foreach (Task task in posting)
            {
                await Eventually.Ends(task);
            }

            await Eventually.Holds(() => Volatile.Read(ref ran) + Volatile.Read(ref notBegun) == accepted, () => $"{ran} of {accepted} ran, {notBegun} were not begun");
        }

        TestContext.Out.WriteLine($"{onPool} ran on the pool");
    }
}
