namespace UringSharp.Tests.Descriptors;

/// <summary>The steady state allocates nothing. Measured over the whole process; what an operation allocates comes in every round, so the best one counts.</summary>
public sealed class AllocationTests : HandleFixture
{
    private const int Count = 4_000;

    [Test]
    public async Task A_wait_that_is_answered_at_once_allocates_nothing()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            HandleLibc.Raise(descriptor);
            await AllocatesNothing("wait answered at once", async count =>
            {
                for (int i = 0; i < count; i++)
                {
                    await handle.WaitAsync(PollEvents.Read).ConfigureAwait(false);
                }
            });
        }
    }

    [Test]
    public async Task A_wait_that_pends_allocates_nothing()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        using CancellationTokenSource source = new();
        CancellationToken token = source.Token;
        await using (handle)
        {
            await AllocatesNothing("wait", async count =>
            {
                for (int i = 0; i < count; i++)
                {
                    ValueTask<PollEvents> wait = handle.WaitAsync(PollEvents.Read, token);
                    HandleLibc.Raise(descriptor);
                    await wait.ConfigureAwait(false);
                    HandleLibc.Take(descriptor);
                }
            });
            Context.GetStatistics().Submissions.Should().BeGreaterThan(Count);
        }
    }

    [Test]
    public async Task An_answer_of_a_watch_allocates_nothing()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator();
            await AllocatesNothing("answer of a watch", async count =>
            {
                for (int i = 0; i < count; i++)
                {
                    ValueTask<bool> next = watch.MoveNextAsync();
                    HandleLibc.Raise(descriptor);
                    await next.ConfigureAwait(false);
                }
            });
        }
    }

    private static async Task AllocatesNothing(string what, Func<int, Task> operations)
    {
        await operations(Count).ConfigureAwait(false);
        double best = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await operations(Count).ConfigureAwait(false);
            best = Math.Min(best, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Count);
        }

        Report($"{what}: {best:0.###} bytes allocated for each in the best of 3 rounds of {Count}");
        best.Should().BeLessThan(1);
    }
}
