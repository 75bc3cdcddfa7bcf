using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Reads whose cancellation is an answer.</summary>
[Category("FaultsSoak")]
public sealed class TryReadTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[64];

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task It_answers_bytes_the_end_and_cancellations()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using CancellationTokenSource source = new();
        Task<PipeReadResult> read = stream.TryReadAsync(_buffer, source.Token).AsTask();
        await Pends();
        source.Cancel();
        PipeReadResult cancelled = await Eventually.Ends(read);
        (cancelled.Bytes, cancelled.IsCanceled).Should().Be((0, true));

        (await stream.TryReadAsync(_buffer, source.Token)).IsCanceled.Should().BeTrue("it was cancelled before");

        read = stream.TryReadAsync(_buffer).AsTask();
        await Pends();
        FifoWriter.Visit(path, [1, 2, 3]);
        PipeReadResult data = await Eventually.Ends(read);
        (data.Bytes, data.IsCanceled).Should().Be((3, false));

        PipeReadResult end = await Eventually.Ends(stream.TryReadAsync(_buffer).AsTask());
        (end.Bytes, end.IsCanceled).Should().Be((0, false));
    }

    [Test]
    public async Task Disposing_is_an_exception_all_the_same()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        using CancellationTokenSource source = new();
        Task<PipeReadResult> read = stream.TryReadAsync(_buffer, source.Token).AsTask();
        await Pends();

        stream.Dispose();

        await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<ObjectDisposedException>();
        FluentActions.Invoking(() => stream.TryReadAsync(_buffer, source.Token)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task A_cancellation_allocates_nothing_of_the_library()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        const int rounds = 1_000;

        // What a source and a registration cost by themselves is the token's.
        long own = BestOf(source =>
        {
            ValueTask<PipeReadResult> read = stream.TryReadAsync(_buffer, source.Token);
            source.Cancel();
            SpinWait spinner = default;
            while (!read.IsCompleted)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
            }

            if (!read.GetAwaiter().GetResult().IsCanceled)
            {
                Assert.Fail("The read was not cancelled.");
            }
        });
        long sources = BestOf(static source =>
        {
            source.Token.UnsafeRegister(static _ => { }, null);
            source.Cancel();
        });

        Report($"{(double)own / rounds:0.0} B a cancelled read, of which {(double)sources / rounds:0.0} B are the token's");
        ((own - sources) / rounds).Should().BeLessThan(8);

        static long BestOf(Action<CancellationTokenSource> round)
        {
            long best = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                for (int i = 0; i < rounds; i++)
                {
                    using CancellationTokenSource source = new();
                    round(source);
                }

                best = Math.Min(best, GC.GetTotalAllocatedBytes(precise: true) - before);
            }

            return best;
        }
    }
}
