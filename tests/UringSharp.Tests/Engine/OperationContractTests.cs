using System.Runtime.CompilerServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

#pragma warning disable CA2012 // Misusing value tasks is the subject.

/// <summary>What an awaiter may rely on (IValueTaskSource), and what becomes of one who breaks the rules.</summary>
public sealed class OperationContractTests
{
    [Test]
    public async Task Awaiting_twice_throws_and_harms_nobody()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8]);
        fifo.Write();
        (await read).Should().Be(8);

        await FluentActions.Awaiting(async () => await read).Should().ThrowAsync<InvalidOperationException>();

        await ReadsArriveInOrder(fifo, 100);
    }

    [Test]
    public async Task Taking_the_result_twice_throws_even_before_the_operation_is_used_again([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8]);
        TaskCompletionSource<Exception?> second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter = read.ConfigureAwait(false).GetAwaiter();
        awaiter.UnsafeOnCompleted(() =>
        {
            // Inside the continuation the engine still holds the operation.
            try
            {
                awaiter.GetResult();
                awaiter.GetResult();
                second.SetResult(null);
            }
            catch (Exception e)
            {
                second.SetResult(e);
            }
        });
        fifo.Write();

        (await Eventually.Ends(second.Task)).Should().BeOfType<InvalidOperationException>();
    }

    [Test]
    public async Task The_result_of_a_pending_read_cannot_be_taken()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8]);

        FluentActions.Invoking(() => read.GetAwaiter().GetResult()).Should().Throw<InvalidOperationException>();

        fifo.Write();
        (await Eventually.Ends(read.AsTask())).Should().Be(8, "the attempt did no harm");
    }

    [Test]
    public async Task The_value_task_of_a_former_read_says_nothing_about_the_present_one()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        List<ValueTask<int>> former = [];
        for (int i = 0; i < 50; i++)
        {
            ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8]);
            former.Add(read);
            fifo.Write();
            await read.AsTask();
        }

        Task<int> present = fifo.Reader.ReadAsync(new byte[8]).AsTask();
        foreach (ValueTask<int> stale in former)
        {
            // One that was answered at once holds its result itself.
            if (!stale.Equals(new ValueTask<int>(8)))
            {
                FluentActions.Invoking(() => stale.IsCompleted).Should().Throw<InvalidOperationException>();
                FluentActions.Invoking(() => { _ = stale.AsTask(); }).Should().Throw<InvalidOperationException>();
            }
        }

        present.IsCompleted.Should().BeFalse();
        fifo.Write();
        (await Eventually.Ends(present)).Should().Be(8);
    }

    [Test]
    public async Task A_read_can_be_awaited_after_it_has_ended()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8]);
        fifo.Write();
        await Eventually.Holds(() => read.IsCompleted, () => "the read has not ended");

        read.IsCompletedSuccessfully.Should().BeTrue();
        (await read).Should().Be(8);
    }

    [Test]
    public async Task As_a_task_it_can_be_awaited_at_will()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        Task<int> read = fifo.Reader.ReadAsync(new byte[8]).AsTask();
        fifo.Write();

        (await read).Should().Be(8);
        (await read).Should().Be(8);
        read.GetAwaiter().GetResult().Should().Be(8);
    }

    [Test]
    public async Task A_cancelled_read_as_a_task_is_cancelled_with_the_callers_token()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using CancellationTokenSource source = new();
        Task<int> read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();

        await source.CancelAsync();

        await Eventually.Ends((Task)read);
        read.IsCanceled.Should().BeTrue();
        (await FluentActions.Awaiting(() => read).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
    }

    [Test]
    public async Task Reads_nobody_awaits_do_no_harm()
    {
        using TempFolder folder = new();
        int descriptors = Footprint.DescriptorsInUse;
        await using (UringContext context = new())
        {
            using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
            for (int i = 0; i < 200; i++)
            {
                _ = fifo.Reader.ReadAsync(new byte[8]);
                fifo.Write(i);
            }

            Footprint.Collect();
            long dropped = context.GetStatistics().Completions;
            await Eventually.Holds(() => context.GetStatistics().InFlight == 0, () => $"{context.GetStatistics().InFlight} in flight, {dropped} completed");
            await ReadsArriveInOrder(fifo, 100);
        }

        await Eventually.Holds(() => Footprint.Descriptors <= descriptors, () => $"{Footprint.Descriptors - descriptors} descriptors left");
    }

    [Test]
    public async Task Opens_nobody_awaits_leak_no_descriptor()
    {
        using TempFolder folder = new();
        string path = folder.File("file", [1]);
        int descriptors = Footprint.DescriptorsInUse;
        await using (UringContext context = new())
        {
            DropOpens(path, context);

            // They have begun when one that came after them has ended.
            (await UringFile.OpenAsync(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, new UringFileOptions { Context = context })).Dispose();
        }

        await Eventually.Holds(
            () =>
            {
                Footprint.Collect();
                return Footprint.Descriptors <= descriptors;
            },
            () => $"{Footprint.Descriptors - descriptors} descriptors left");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropOpens(string path, UringContext context)
    {
        UringFileOptions options = new() { Context = context };
        for (int i = 0; i < 100; i++)
        {
            // One that may create is never answered at once.
            _ = UringFile.OpenAsync(path, i % 2 == 0 ? FileMode.Open : FileMode.OpenOrCreate, FileAccess.ReadWrite, options);
        }
    }

    private static async Task ReadsArriveInOrder(Fifo fifo, int count)
    {
        byte[] buffer = new byte[8];
        for (int i = 0; i < count; i++)
        {
            var read = fifo.Reader.ReadAsync(buffer).AsTask();
            fifo.Write(i);
            (await Eventually.Ends(read).ConfigureAwait(false)).Should().Be(8);
            BitConverter.ToInt64(buffer).Should().Be(i);
        }
    }
}
