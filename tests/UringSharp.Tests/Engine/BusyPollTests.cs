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
            // From the second on it is tried by read(2), since the writer has been seen.
            fifo.Write(i);
            (await Eventually.Ends(fifo.Reader.ReadAsync(new byte[8]).AsTask())).Should().Be(8);
            using CancellationTokenSource source = new();
            Task<int> read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            await source.CancelAsync();
            await FluentActions.Awaiting(() => Eventually.Ends(read, TimeSpan.FromSeconds(10))).Should().ThrowAsync<OperationCanceledException>();
        }

        using Fifo other = await Fifo.OpenAsync(folder.Fifo("other"), context);
        other.Write(1);
        (await Eventually.Ends(other.Reader.ReadAsync(new byte[8]).AsTask())).Should().Be(8);
        Task<int> disposed = other.Reader.ReadAsync(new byte[8]).AsTask();
        other.Reader.Dispose();
        await FluentActions.Awaiting(() => Eventually.Ends(disposed)).Should().ThrowAsync<ObjectDisposedException>();

        Task<int> last = fifo.Reader.ReadAsync(new byte[8]).AsTask();
        await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        await FluentActions.Awaiting(() => Eventually.Ends(last)).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Reads_that_it_tries_and_reads_that_it_polls_for_are_all_answered()
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { BusyPoll = TimeSpan.FromMilliseconds(2) });
        var fifos = new Fifo[10];
        for (int i = 0; i < fifos.Length; i++)
        {
            fifos[i] = await Fifo.OpenAsync(folder.Fifo($"fifo-{i}"), context);
        }

        Task<int>[] readers = Array.ConvertAll(fifos, static fifo => CountAsync(fifo.Reader));
        Random random = new(7);
        int[] sent = new int[fifos.Length];
        for (int i = 0; i < 5_000; i++)
        {
            int index = random.Next(fifos.Length);
            fifos[index].Write(++sent[index]);
        }

        foreach (Fifo fifo in fifos)
        {
            fifo.CloseWriter();
        }

        (await Eventually.Ends(Task.WhenAll(readers))).Should().Equal(sent);
        foreach (Fifo fifo in fifos)
        {
            fifo.Dispose();
        }

        static async Task<int> CountAsync(UringPipeStream reader)
        {
            byte[] buffer = new byte[8];
            int count = 0;
            while (await reader.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false) > 0)
            {
                BitConverter.ToInt64(buffer).Should().Be(++count);
            }

            return count;
        }
    }

    [Test]
    public async Task Without_work_it_goes_to_sleep_in_the_end()
    {
        IReadOnlyList<int> strangers = ProcessFacts.ThreadIds("uring-");
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { BusyPoll = TimeSpan.FromMilliseconds(100) });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        fifo.Write(1);
        (await Eventually.Ends(fifo.Reader.ReadAsync(new byte[8]).AsTask())).Should().Be(8);
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
