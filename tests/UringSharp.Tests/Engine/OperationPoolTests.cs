using UringSharp.Engine;

namespace UringSharp.Tests.Engine;

public sealed class OperationPoolTests
{
    [Test]
    public void What_was_returned_is_given_out_again()
    {
        Pooled first = OperationPool<Pooled>.Rent();
        Pooled second = OperationPool<Pooled>.Rent();
        first.Should().NotBeSameAs(second);
        OperationPool<Pooled>.Return(first);
        OperationPool<Pooled>.Return(second);

        Pooled[] again = [OperationPool<Pooled>.Rent(), OperationPool<Pooled>.Rent()];

        again.Should().BeEquivalentTo([first, second], options => options.ComparingByValue<Pooled>());
        Array.ForEach(again, OperationPool<Pooled>.Return);
    }

    [Test]
    public async Task Nobody_shares_an_operation_with_another_thread()
    {
        const int threads = 4;
        Task[] renting = [.. Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                Random random = new(thread);
                Stack<Pooled> held = new();
                for (int i = 0; i < 200_000; i++)
                {
                    if (held.Count < 40 && random.Next(2) == 0)
                    {
                        Pooled rented = OperationPool<Pooled>.Rent();
                        Interlocked.Increment(ref rented.Holders).Should().Be(1);
                        held.Push(rented);
                    }
                    else if (held.TryPop(out Pooled? returned))
                    {
                        Interlocked.Decrement(ref returned.Holders).Should().Be(0);
                        OperationPool<Pooled>.Return(returned);
                    }
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];

        await Task.WhenAll(renting);
    }

    [Test]
    public void More_than_it_keeps_are_left_to_the_garbage_collector()
    {
        const int many = 10_000;
        Many[] rented = [.. Enumerable.Range(0, many).Select(_ => OperationPool<Many>.Rent())];
        Array.ForEach(rented, OperationPool<Many>.Return);
        HashSet<Many> known = [.. rented];

        int kept = Enumerable.Range(0, many).Select(_ => OperationPool<Many>.Rent()).Count(known.Contains);

        kept.Should().BeInRange(256, 8_192, "it is of use, and bounded");
    }

    private class Pooled : Operation
    {
        internal int Holders;

        internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

        internal override bool OnCompletion(int result) => throw new NotSupportedException();

        protected override void Recycle() => throw new NotSupportedException();

        protected override Exception CreateException(int errno) => throw new NotSupportedException();
    }

    private sealed class Many : Pooled;
}
