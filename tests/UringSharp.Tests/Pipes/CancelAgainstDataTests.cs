using System.Buffers.Binary;
using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>
/// Law 2, data beats the token: whatever a cancellation hits, no byte is lost, doubled or reordered. A race is a read that was pending when its token was
/// cancelled, so that data and cancellation both could decide it. URINGSHARP_SOAK makes each test go on for so many seconds, URINGSHARP_SEED
/// repeats one.
/// </summary>
[TestFixture(ContinuationMode.Adaptive)]
[TestFixture(ContinuationMode.ThreadPool)]
[Category("FaultsSoak")]
public sealed class CancelAgainstDataTests(ContinuationMode mode) : PipeFixture
{
    protected override ContinuationMode Mode => mode;

    [Test]
    public async Task Two_hundred_thousand_cancellations_lose_no_byte_of_a_writer_process()
    {
        const int messageSize = 40;
        int races = SoakTime.IsLong ? SoakTime.Races : mode == ContinuationMode.Adaptive ? 4 * SoakTime.Races : 10_000;
        (UringPipeStream stream, string path) = await OpenNewAsync();

        // The writer sleeps for a moment before each message: reads pend, and each message meets one.
        using Process writer = NativeHelpers.StartWriter(path, int.MaxValue, messageSize, maxDelayMicroseconds: 2);
        int seed = Seed();
        Random random = new(seed);
        NumberedStream seen = new(messageSize);
        Tally tally = new();
        byte[] buffer = new byte[777];
        using Canceller canceller = new(seed);

        // On a thread of its own: continuations on the pump's would keep it from the race.
        await OnAThreadOfItsOwn(() =>
        {
            while (tally.GoesOnUntil(races))
            {
                CancellationTokenSource source = new();
                ValueTask<int> read = stream.ReadAsync(buffer.AsMemory(0, random.Next(1, buffer.Length + 1)), source.Token);
                bool pended = !read.IsCompleted;
                if (pended)
                {
                    CancelSomehow(source, random, canceller);
                }

                seen.Take(buffer.AsSpan(0, tally.Finish(read, source, pended)));
            }
        });

        await StopWriter(stream, writer);
        tally.Report(seen.Messages);
        tally.ShouldHaveBothWinners();
    }

    [Test]
    public async Task Cancellations_from_where_the_continuation_runs_lose_no_byte_of_a_writer_process()
    {
        const int messageSize = 40;
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using Process writer = NativeHelpers.StartWriter(path, int.MaxValue, messageSize, maxDelayMicroseconds: 2);
        int seed = Seed();
        Random random = new(seed);
        NumberedStream seen = new(messageSize);
        Tally tally = new();
        byte[] buffer = new byte[777];
        using Canceller canceller = new(seed);
        while (tally.GoesOn(30_000))
        {
            CancellationTokenSource source = new();
            ValueTask<int> read = stream.ReadAsync(buffer.AsMemory(0, random.Next(1, buffer.Length + 1)), source.Token);
            bool pended = !read.IsCompleted;
            if (pended)
            {
                CancelSomehow(source, random, canceller);
            }

            seen.Take(buffer.AsSpan(0, await tally.FinishAsync(read, source, pended).ConfigureAwait(false)));
        }

        await StopWriter(stream, writer);
        tally.Report(seen.Messages);
        tally.ShouldHaveBothWinners();
    }

    [TestCase(4096, 64)]
    [TestCase(65536, 5000)]
    public async Task A_writer_process_at_full_speed_survives_cancellations(int bufferSize, int messageSize)
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using Process writer = NativeHelpers.StartWriter(path, int.MaxValue, messageSize);
        Random random = new(Seed());
        NumberedStream seen = new(messageSize);
        Tally tally = new();
        byte[] buffer = new byte[bufferSize];
        await OnAThreadOfItsOwn(() =>
        {
            while (tally.GoesOn(5_000))
            {
                using CancellationTokenSource source = new();
                ValueTask<int> read = stream.ReadAsync(buffer.AsMemory(0, random.Next(bufferSize / 2, bufferSize + 1)), source.Token);
                bool pended = !read.IsCompleted;
                if (pended)
                {
                    Spin(random.Next(4) * random.NextDouble() * 4);
                    source.Cancel();
                }

                seen.Take(buffer.AsSpan(0, tally.Finish(read, source, pended)));
            }
        });

        await StopWriter(stream, writer);
        tally.Report(seen.Messages);
    }

    [TestCase(8, 8)]
    [TestCase(7, 24, Category = "Faults")]
    [TestCase(64, 24)]
    public async Task A_message_written_in_the_same_microsecond_as_the_cancellation_is_delivered_or_left(int bufferSize, int messageSize)
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        int seed = Seed();
        Random random = new(seed);
        NumberedStream seen = new(messageSize);
        Tally tally = new();
        byte[] buffer = new byte[bufferSize];
        BalancedPause pause = new(random);
        using FifoWriter writer = new(path);
        long number = 0;
        using Signaller signaller = new(seed + 1, () => writer.Write(NumberedStream.Message(number, messageSize)));
        await OnAThreadOfItsOwn(() =>
        {
            for (; tally.GoesOn(12_000); number++)
            {
                using CancellationTokenSource source = new();
                ValueTask<int> read = stream.ReadAsync(buffer, source.Token);
                bool pended = !read.IsCompleted;
                signaller.Begin();
                pause.Spend();
                source.Cancel();
                int count = tally.Finish(read, source, pended);
                pause.Learn(secondWon: count == 0);
                seen.Take(buffer.AsSpan(0, count));

                // What the cancelled read has left must be there, all of it.
                while (seen.Messages <= number)
                {
                    seen.Take(buffer.AsSpan(0, stream.Read(buffer)));
                }

                seen.IsWhole.Should().BeTrue();
                signaller.AwaitEnd();
            }
        });
        tally.Report(seen.Messages);
        tally.ShouldHaveBothWinners();
    }

    [Test]
    public async Task Reads_begun_one_after_another_are_served_in_that_order_whichever_are_cancelled()
    {
        const int messageSize = 24;
        const int most = 6;
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using Process writer = NativeHelpers.StartWriter(path, int.MaxValue, messageSize, maxDelayMicroseconds: 2);
        Random random = new(Seed());
        NumberedStream seen = new(messageSize);
        Tally tally = new();
        byte[][] buffers = [.. Enumerable.Range(0, most).Select(i => new byte[5 + (i * 7)])];
        var reads = new Task<int>[most];
        var sources = new CancellationTokenSource[most];
        bool[] pended = new bool[most];
        await OnAThreadOfItsOwn(() =>
        {
            while (tally.GoesOn(30_000))
            {
                int count = random.Next(2, most + 1);
                for (int i = 0; i < count; i++)
                {
                    sources[i] = new CancellationTokenSource();
                    reads[i] = stream.ReadAsync(buffers[i], sources[i].Token).AsTask();
                    pended[i] = !reads[i].IsCompleted;
                }

                // One of them is never cancelled; the others are, in any order, at some time.
                int spared = random.Next(count);
                Spin(random.NextDouble() * 60);
                int[] order = [.. Enumerable.Range(0, count)];
                random.Shuffle(order);
                foreach (int i in order)
                {
                    if (i != spared && pended[i])
                    {
                        sources[i].Cancel();
                    }
                }

                for (int i = 0; i < count; i++)
                {
                    seen.Take(buffers[i].AsSpan(0, tally.Finish(new ValueTask<int>(reads[i]), sources[i], pended[i])));
                    sources[i].Dispose();
                }
            }
        });

        await StopWriter(stream, writer);
        tally.Report(seen.Messages);
        tally.ShouldHaveBothWinners();
    }

    [Test]
    [Category("NotWithFaults")] // A short read gives the halves of a message to two readers.
    public async Task Of_two_streams_on_one_FIFO_each_message_goes_to_exactly_one()
    {
        const int size = 8;
        const int messages = 10_000;
        (UringPipeStream first, string path) = await OpenNewAsync();
        await using UringPipeStream second = await NamedPipe.OpenReadAsync(path, Options);
        int seed = Seed();
        using Process writer = NativeHelpers.StartWriter(path, messages, size, maxDelayMicroseconds: 2);
        Tally[] tallies = [new Tally(), new Tally()];
        List<long>[] taken = [[], []];

        await Task.WhenAll(
            OnAThreadOfItsOwn(() => ReadUntilEnd(first, new Random(seed), tallies[0], taken[0])),
            OnAThreadOfItsOwn(() => ReadUntilEnd(second, new Random(seed + 1), tallies[1], taken[1])));

        await writer.WaitForExitAsync();
        tallies[0].Report(taken[0].Count);
        tallies[1].Report(taken[1].Count);
        taken[0].SequenceEqual(taken[0].Order()).Should().BeTrue();
        taken[1].SequenceEqual(taken[1].Order()).Should().BeTrue();
        taken[0].Concat(taken[1]).Order().SequenceEqual(Enumerable.Range(0, messages).Select(number => (long)number)).Should().BeTrue();

        static void ReadUntilEnd(UringPipeStream stream, Random random, Tally tally, List<long> numbers)
        {
            byte[] buffer = new byte[size * 4];
            while (true)
            {
                using CancellationTokenSource source = new();
                ValueTask<int> read = stream.ReadAsync(buffer, source.Token);
                bool pended = !read.IsCompleted;
                if (pended && random.Next(3) == 0)
                {
                    Spin(random.NextDouble() * 60);
                    source.Cancel();
                }

                int count = tally.Finish(read, source, pended, mayEnd: true);
                if (count == 0 && !source.IsCancellationRequested)
                {
                    // An end that raced a cancellation is seen by the next read.
                    return;
                }

                (count % size).Should().Be(0);
                for (int i = 0; i < count; i += size)
                {
                    numbers.Add(BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(i)));
                }
            }
        }
    }

    private static void CancelSomehow(CancellationTokenSource source, Random random, Canceller canceller)
    {
        switch (random.Next(500))
        {
            case 0:
                source.CancelAfter(random.Next(2));
                break;
            case < 150:
                source.Cancel();
                break;
            case < 350:
                Spin(random.NextDouble() * 20);
                source.Cancel();
                break;
            case < 450:
                canceller.CancelSoon(source);
                break;
            default:
                break;
        }
    }

    private static async Task StopWriter(UringPipeStream stream, Process writer)
    {
        // It gets EPIPE and says so.
        await stream.DisposeAsync();
        await writer.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        writer.ExitCode.Should().Be(3);
    }

    /// <summary>Cancels from a thread of its own.</summary>
    private sealed class Canceller : IDisposable
    {
        private readonly AutoResetEvent _isAsked = new(false);
        private readonly Thread _thread;
        private CancellationTokenSource? _target;
        private bool _stop;

        public Canceller(int seed)
        {
            _thread = new Thread(() =>
            {
                Random random = new(seed + 1);
                while (_isAsked.WaitOne() && !Volatile.Read(ref _stop))
                {
                    Spin(random.NextDouble() * 12);
                    Interlocked.Exchange(ref _target, null)?.Cancel();
                }
            });
            _thread.Start();
        }

        public void CancelSoon(CancellationTokenSource source)
        {
            Volatile.Write(ref _target, source);
            _isAsked.Set();
        }

        public void Dispose()
        {
            Volatile.Write(ref _stop, true);
            _isAsked.Set();
            _thread.Join();
            _isAsked.Dispose();
        }
    }

    private sealed class Tally
    {
        private readonly SoakTime _time = new();
        private long _dataWon;
        private long _cancelWon;
        private long _atOnce;
        private long _undisturbed;

        private long Races => _dataWon + _cancelWon;

        /// <summary>Until so many races have been run; on a machine that is busy otherwise, until a tenth of them has been and some seconds have passed.</summary>
        public bool GoesOn(long races) => _time.GoesOn(Races >= races || (Races >= races / 10 && _time.Elapsed.TotalSeconds > 1.5));

        /// <summary>Until so many races have been run, however long it takes.</summary>
        public bool GoesOnUntil(long races) => _time.GoesOn(Races >= races);

        /// <summary>Waits and counts: the bytes of the read, 0 for a cancelled one.</summary>
        public int Finish(ValueTask<int> read, CancellationTokenSource source, bool pended, bool mayEnd = false)
        {
            try
            {
                return Count(Answer.Of(read), source, pended, mayEnd);
            }
            catch (OperationCanceledException e) when (IsCancelledBy(e, source))
            {
                _cancelWon++;
                return 0;
            }
        }

        /// <summary>The same by await.</summary>
        public async ValueTask<int> FinishAsync(ValueTask<int> read, CancellationTokenSource source, bool pended)
        {
            try
            {
                return Count(await read.ConfigureAwait(false), source, pended, mayEnd: false);
            }
            catch (OperationCanceledException e) when (IsCancelledBy(e, source))
            {
                _cancelWon++;
                return 0;
            }
        }

        public void Report(long messages) => PipeFixture.Report(
            $"{Races} races in {_time.Elapsed.TotalSeconds:0.0} s: data won {_dataWon}, the cancellation {_cancelWon}; {_undisturbed} reads not cancelled, {_atOnce} answered at once; {messages} messages in order");

        public void ShouldHaveBothWinners()
        {
            _dataWon.Should().BePositive();
            _cancelWon.Should().BePositive();
        }

        private static bool IsCancelledBy(OperationCanceledException e, CancellationTokenSource source) =>
            e.CancellationToken == source.Token && source.IsCancellationRequested;

        private int Count(int count, CancellationTokenSource source, bool pended, bool mayEnd)
        {
            if (!pended)
            {
                _atOnce++;
            }
            else if (source.IsCancellationRequested)
            {
                _dataWon++;
            }
            else
            {
                _undisturbed++;
            }

            if (count == 0 && !mayEnd)
            {
                Assert.Fail("A false end: the writer is still there.");
            }

            return count;
        }
    }
}
