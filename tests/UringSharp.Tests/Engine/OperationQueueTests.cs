using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

public sealed class OperationQueueTests
{
    [Test]
    public void A_new_queue_is_empty()
    {
        OperationQueue<SubmissionLink> queue = default;

        queue.IsEmpty.Should().BeTrue();
        queue.TakeAll().TryTake(out _).Should().BeFalse();
    }

    [Test]
    public void Everything_is_taken_at_once_and_in_the_order_pushed()
    {
        OperationQueue<SubmissionLink> queue = default;
        IdleOperation[] operations = [.. Enumerable.Range(0, 100).Select(i => new IdleOperation { Number = i })];
        foreach (IdleOperation operation in operations)
        {
            queue.TryPush(operation).Should().BeTrue();
        }

        queue.IsEmpty.Should().BeFalse();
        Numbers(queue.TakeAll()).Should().Equal(Enumerable.Range(0, 100));
        queue.IsEmpty.Should().BeTrue();
    }

    [Test]
    public void An_operation_can_stand_in_both_kinds_of_queue()
    {
        OperationQueue<SubmissionLink> submissions = default;
        OperationQueue<CancellationLink> cancellations = default;
        IdleOperation first = new() { Number = 1 };
        IdleOperation second = new() { Number = 2 };

        submissions.TryPush(first);
        submissions.TryPush(second);
        cancellations.TryPush(second);
        cancellations.TryPush(first);

        Numbers(submissions.TakeAll()).Should().Equal(1, 2);
        Numbers(cancellations.TakeAll()).Should().Equal(2, 1);
    }

    [Test]
    public void Closing_takes_what_is_there_and_refuses_what_comes_later()
    {
        OperationQueue<SubmissionLink> queue = default;
        queue.TryPush(new IdleOperation { Number = 1 });
        queue.TryPush(new IdleOperation { Number = 2 });

        Numbers(queue.Close()).Should().Equal(1, 2);

        queue.TryPush(new IdleOperation()).Should().BeFalse();
        queue.IsEmpty.Should().BeTrue();
        queue.Close().TryTake(out _).Should().BeFalse();
    }

    [Test]
    public async Task Many_pushers_lose_nothing_and_each_ones_order_is_kept()
    {
        const int pushers = 8;
        const int each = 20_000;
        QueueHolder holder = new();
        Task[] pushing = [.. Enumerable.Range(0, pushers).Select(maker => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < each; i++)
                {
                    holder.Queue.TryPush(new IdleOperation { Maker = maker, Number = i });
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];

        int[] next = new int[pushers];
        int taken = 0;
        await Eventually.Holds(
            () =>
            {
                OperationChain<SubmissionLink> chain = holder.Queue.TakeAll();
                while (chain.TryTake(out Operation? operation))
                {
                    var idle = (IdleOperation)operation;
                    idle.Number.Should().Be(next[idle.Maker], "each pusher's operations come in its order");
                    next[idle.Maker]++;
                    taken++;
                }

                return taken == pushers * each;
            },
            () => $"{taken} of {pushers * each} taken");
        await Task.WhenAll(pushing);
    }

    [Test]
    public async Task Closing_beside_many_pushers_either_takes_or_refuses_each_operation()
    {
        const int pushers = 4;
        for (int round = 0; round < 100; round++)
        {
            var holder = new QueueHolder();
            using var barrier = new Barrier(pushers + 1);
            Task<int>[] pushing = [.. Enumerable.Range(0, pushers).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    int accepted = 0;
                    while (holder.Queue.TryPush(new IdleOperation()))
                    {
                        accepted++;
                    }

                    return accepted;
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];

            barrier.SignalAndWait();
            int taken = Numbers(holder.Queue.TakeAll()).Count;
            taken += Numbers(holder.Queue.Close()).Count;

            int[] accepted = await Task.WhenAll(pushing);
            taken.Should().Be(accepted.Sum(), $"nothing is lost, and nothing refused is taken, in round {round}");
        }
    }

    private static List<int> Numbers<TLink>(OperationChain<TLink> chain)
        where TLink : struct, IOperationLink
    {
        List<int> numbers = [];
        while (chain.TryTake(out Operation? operation))
        {
            TLink.Of(operation).Should().BeNull("one that was taken keeps no other alive");
            numbers.Add(((IdleOperation)operation).Number);
        }

        return numbers;
    }

    private sealed class QueueHolder
    {
        internal OperationQueue<SubmissionLink> Queue;
    }
}
