using UringSharp.Interop.Native;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>A ring's thread that looks for work for a while before it sleeps.</summary>
public sealed class BusyPollTests
{
    [Test]
    public void The_time_is_checked()
    {
        FluentActions.Invoking(static () => new UringOptions { BusyPoll = TimeSpan.FromTicks(-1) }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(static () => new UringOptions { BusyPoll = UringOptions.MaxBusyPoll + TimeSpan.FromTicks(1) }).Should().Throw<ArgumentOutOfRangeException>();
        new UringOptions { BusyPoll = UringOptions.MaxBusyPoll }.BusyPoll.Should().Be(TimeSpan.FromSeconds(1));
        new UringOptions().BusyPoll.Should().Be(TimeSpan.Zero);
    }

    [Test]
    public async Task What_comes_while_it_looks_and_after_it_sleeps_is_served_alike()
    {
        IReadOnlyList<int> strangers = ProcessFacts.ThreadIds("uring-");
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { BusyPoll = TimeSpan.FromMilliseconds(1) });
        int home = ProcessFacts.ThreadIds("uring-").Except(strangers).First();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        byte[] buffer = new byte[8];
        Random random = new(1);
        for (int i = 0; i < 500; i++)
        {
            Task<int> read = fifo.Reader.ReadAsync(buffer).AsTask();

            // While it looks, or when it has gone to sleep.
            if (random.Next(4) == 0)
            {
                await Eventually.Holds(() => NativeMethods.ThreadState(home) == 'S', static () => "the ring's thread does not sleep");
            }

            fifo.Write(i);
            (await Eventually.Ends(read)).Should().Be(8);
            BitConverter.ToInt64(buffer).Should().Be(i);
        }
    }

    [Test]
    public async Task Cancelling_disposing_and_the_end_are_seen_while_it_looks()
    {
        using TempFolder folder = new();
        UringContext context = new(new UringOptions { BusyPoll = UringOptions.MaxBusyPoll });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        for (int i = 0; i < 50; i++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            await source.CancelAsync();
            await FluentActions.Awaiting(() => Eventually.Ends(read, TimeSpan.FromSeconds(10))).Should().ThrowAsync<OperationCanceledException>();
        }

        Task<int> last = fifo.Reader.ReadAsync(new byte[8]).AsTask();
        await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        await FluentActions.Awaiting(() => Eventually.Ends(last)).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Without_work_it_goes_to_sleep_in_the_end()
    {
        IReadOnlyList<int> strangers = ProcessFacts.ThreadIds("uring-");
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { BusyPoll = TimeSpan.FromMilliseconds(100) });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        Task<int> pending = fifo.Reader.ReadAsync(new byte[8]).AsTask();
        int[] threads = [.. ProcessFacts.ThreadIds("uring-").Except(strangers)];

        long seen = -1;
        await Eventually.Holds(
            () =>
            {
                long before = seen;
                seen = threads.Sum(Footprint.ProcessorNanoseconds);
                return before == seen;
            },
            () => $"{seen} ns of processor time and no end");

        fifo.CloseWriter();
        await Eventually.Ends((Task)pending);
    }
}
