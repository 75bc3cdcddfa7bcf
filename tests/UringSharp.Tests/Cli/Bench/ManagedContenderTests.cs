using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Tests.Cli.Bench;

public sealed class ManagedContenderTests
{
    private static readonly TimeSpan s_length = TimeSpan.FromMilliseconds(50);

    [Test]
    public void What_its_loops_did_is_added_up_over_the_time_they_took()
    {
        ManagedContender contender = new("any", static clock => Enumerable.Range(1, 3).Select(i => Task.Run(() => LoopAsync(clock, new Work(i, i * 10)))));

        Lap lap = contender.Run(s_length, CancellationToken.None);

        lap.Operations.Should().Be(6);
        lap.Bytes.Should().Be(60);
        lap.Time.Should().BeGreaterThanOrEqualTo(s_length).And.BeLessThan(TimeSpan.FromSeconds(10));
        lap.Threads.Should().BePositive();
    }

    [Test]
    public void What_is_allocated_to_start_its_loops_is_not_counted()
    {
        ManagedContender contender = new("any", static clock =>
        {
            byte[] block = GC.AllocateUninitializedArray<byte>(64 << 20);
            return [Task.Run(() => LoopAsync(clock, new Work(block.Length, 0)))];
        });

        // Whatever the test host allocates meanwhile on threads of its own is: it may be a few megabytes.
        contender.Run(s_length, CancellationToken.None).Allocated.Should().BeLessThan(64 << 20);
    }

    [Test]
    public void What_its_loops_allocate_is_counted()
    {
        ManagedContender contender = new("any", static clock => [Task.Run(() => AllocateAsync(clock))]);

        contender.Run(s_length, CancellationToken.None).Allocated.Should().BeGreaterThanOrEqualTo(1 << 20);
    }

    [Test]
    public void The_failure_of_a_loop_is_that_of_the_lap()
    {
        ManagedContender contender = new("any", static _ => [Task.FromException<Work>(new IOException("as expected"))]);

        FluentActions.Invoking(() => contender.Run(s_length, CancellationToken.None)).Should().Throw<IOException>().WithMessage("as expected");
    }

    private static async Task<Work> LoopAsync(LapClock clock, Work work)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        while (!clock.IsOver)
        {
            await Task.Delay(1).ConfigureAwait(false);
        }

        return work;
    }

    private static async Task<Work> AllocateAsync(LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        return new Work(new byte[1 << 20].Length, 0);
    }
}
