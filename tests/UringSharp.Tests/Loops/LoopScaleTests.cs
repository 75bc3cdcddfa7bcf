using UringSharp.Tests.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>A thousand loops alive at once.</summary>
[NonParallelizable]
public sealed class LoopScaleTests
{
    private const int Loops = 1_000;
    private const int StackSize = 256 * 1024;

    [Test]
    public async Task A_thousand_loops_live_at_once()
    {
        int descriptors = Footprint.DescriptorsInUse;
        long resident = Footprint.ResidentKiB;
        int mappings = Footprint.RingMappings;
        using CountdownEvent begun = new(Loops);
        TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int ended = 0;
        long[] received = new long[Loops];
        var loops = new UringLoop[Loops];
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, Loops).Select(i => new Thread(
            () =>
            {
                try
                {
                    UringLoop.Run(async () =>
                    {
                        loops[i] = UringLoop.Current!;
                        await loops[i].Delay(TimeSpan.FromMilliseconds(1));
                        _ = WaitAsync(loops[i]);
                        begun.Signal();
                        await end.Task;
                        received[i].Should().Be(1);
                    });
                }
                catch (Exception e)
                {
                    failure = e;
                    end.TrySetResult();
                }
            },
            StackSize)
        { IsBackground = true })];
        try
        {
            Array.ForEach(threads, static thread => thread.Start());
            await Eventually.Holds(() => begun.IsSet || failure is not null, () => $"{begun.CurrentCount} loops have not begun");
            failure.Should().BeNull();
            long each = (Footprint.ResidentKiB - resident) / Loops;
            int descriptorsEach = (Footprint.Descriptors - descriptors) / Loops;
            TestContext.Out.WriteLine(
                $"a loop: {each} KiB resident with its thread, {descriptorsEach} descriptors, {(Footprint.RingMappings - mappings) / (double)Loops:0.##} mappings of its ring");
            descriptorsEach.Should().BeLessThanOrEqualTo(2);
            each.Should().BeLessThan(256);
            for (int i = 0; i < Loops; i++)
            {
                int number = i;
                loops[i].Post(() => received[number]++);
            }
        }
        finally
        {
            end.TrySetResult();
        }

        foreach (Thread thread in threads)
        {
            thread.Join(Eventually.Deadline).Should().BeTrue();
        }

        failure.Should().BeNull();
        ended.Should().Be(Loops);
        Footprint.RingMappings.Should().Be(mappings);
        Footprint.Descriptors.Should().BeLessThanOrEqualTo(descriptors);

        async Task WaitAsync(UringLoop loop)
        {
            try
            {
                await loop.Delay(Timeout.InfiniteTimeSpan);
            }
            finally
            {
                Interlocked.Increment(ref ended);
            }
        }
    }
}
