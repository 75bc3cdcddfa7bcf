using System.Collections.Concurrent;
using System.Threading.Channels;
using UringSharp.Tests.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Several loops, one a processor.</summary>
public sealed class LoopGroupTests
{
    [Test]
    public async Task The_code_runs_on_each_loop_on_a_thread_and_a_processor_of_its_own()
    {
        ConcurrentDictionary<int, (int Thread, int? Processor, string Allowed, UringLoop? Loop)> seen = new();
        UringLoopGroup group = new();
        await Eventually.Ends(group.RunAsync(async shard =>
        {
            await Task.Yield();
            UringLoop.Current.Should().BeSameAs(shard.Loop);
            shard.LoopAt(shard.Index).Should().BeSameAs(shard.Loop);
            string allowed = File.ReadLines("/proc/thread-self/status").First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];
            seen[shard.Index] = (Environment.CurrentManagedThreadId, shard.Processor, allowed, UringLoop.Current);
        }));
        seen.Keys.Should().BeEquivalentTo(Enumerable.Range(0, Environment.ProcessorCount));
        seen.Values.Select(static one => one.Thread).Should().OnlyHaveUniqueItems();
        seen.Values.Select(static one => one.Loop).Should().OnlyHaveUniqueItems();
        seen.Values.Select(static one => one.Processor).Should().OnlyHaveUniqueItems().And.NotContainNulls();
        foreach ((_, int? processor, string allowed, _) in seen.Values)
        {
            allowed.Should().Be($"{processor}");
        }
    }

    [Test]
    public async Task Its_threads_stay_where_they_are_when_they_shall_not_be_pinned()
    {
        ConcurrentBag<int?> processors = [];
        await Eventually.Ends(new UringLoopGroup(new UringLoopGroupOptions { LoopCount = 5, PinsThreads = false }).RunAsync(shard =>
        {
            shard.Count.Should().Be(5);
            processors.Add(shard.Processor);
            return Task.CompletedTask;
        }));
        processors.Should().Equal(null, null, null, null, null);
    }

    [Test]
    public async Task Messages_go_between_loops_by_channels()
    {
        const int messages = 20_000;
        const int loops = 3;
        Channel<int>[] channels = [.. Enumerable.Range(0, loops).Select(static _ => Channel.CreateUnbounded<int>())];
        await Eventually.Ends(new UringLoopGroup(new UringLoopGroupOptions { LoopCount = loops }).RunAsync(async shard =>
        {
            int thread = Environment.CurrentManagedThreadId;
            ChannelWriter<int> next = channels[(shard.Index + 1) % loops].Writer;
            for (int i = 0; i < messages; i++)
            {
                next.TryWrite(i).Should().BeTrue();
                if (i % 16 == 0)
                {
                    await Task.Yield();
                }
            }

            next.Complete();
            int expected = 0;
            await foreach (int message in channels[shard.Index].Reader.ReadAllAsync())
            {
                message.Should().Be(expected++);
                Environment.CurrentManagedThreadId.Should().Be(thread);
            }

            expected.Should().Be(messages);
        }));
    }

    [Test]
    public async Task The_failure_of_one_stops_the_rest_and_is_reported()
    {
        int stopped = 0;
        Task running = new UringLoopGroup(new UringLoopGroupOptions { LoopCount = 4 }).RunAsync(async shard =>
        {
            if (shard.Index == 2)
            {
                await Task.Yield();
                throw new FormatException("the third");
            }

            try
            {
                await shard.Loop.Delay(Timeout.InfiniteTimeSpan, shard.Stopping);
            }
            finally
            {
                Interlocked.Increment(ref stopped);
            }
        });
        await FluentActions.Awaiting(() => Eventually.Ends(running)).Should().NotThrowAsync();
        running.Exception!.InnerExceptions.Should().ContainSingle().Which.Should().BeOfType<FormatException>();
        stopped.Should().Be(3);
    }

    [Test]
    public async Task It_stops_when_it_is_asked_to_and_leaves_nothing([Values] bool byToken)
    {
        int before = Footprint.DescriptorsInUse;
        int mappings = Footprint.RingMappings;
        using CancellationTokenSource source = new();
        UringLoopGroup group = new(new UringLoopGroupOptions { LoopCount = 8 });
        TaskCompletionSource allRun = new();
        int count = 0;
        Task running = group.RunAsync(
            async shard =>
            {
                if (Interlocked.Increment(ref count) == shard.Count)
                {
                    allRun.SetResult();
                }

                await shard.Loop.Delay(Timeout.InfiniteTimeSpan, shard.Stopping);
            },
            source.Token);
        await Eventually.Ends(allRun.Task);
        if (byToken)
        {
            await source.CancelAsync();
        }
        else
        {
            group.Stop();
        }

        await Eventually.Ends(running);
        running.IsCompletedSuccessfully.Should().BeTrue();
        await FluentActions.Awaiting(() => group.RunAsync(static _ => Task.CompletedTask)).Should().ThrowAsync<InvalidOperationException>();
        await Eventually.Holds(
            () => Footprint.DescriptorsInUse <= before && Footprint.RingMappings <= mappings && ProcessFacts.ThreadIds("uring-loop-").Count == 0,
            () => $"{Footprint.Descriptors} descriptors, {before} before; {Footprint.RingMappings} mappings, {mappings} before");
    }

    [Test]
    public async Task Its_options_are_checked()
    {
        FluentActions.Invoking(static () => new UringLoopGroupOptions { LoopCount = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(static () => new UringLoopGroupOptions { LoopCount = UringLoopGroupOptions.MaxLoopCount + 1 }).Should().Throw<ArgumentOutOfRangeException>();
        new UringLoopGroupOptions().LoopCount.Should().Be(Environment.ProcessorCount);
        await FluentActions.Awaiting(static () => new UringLoopGroup().RunAsync(null!)).Should().ThrowAsync<ArgumentNullException>();
    }

    [Test]
    public async Task A_loop_that_cannot_be_made_ends_all_before_any_code_runs()
    {
        ChildResult child = await TestChild.RunBehindAsync(["prlimit", "--nofile=256:256"], "run-loop-group", "300");

        child.ShouldHaveSucceeded()["group"].Should().StartWith("IOException 24: ").And.Contain("RLIMIT_NOFILE");
        child["run"].Should().Be("0");
    }

    [Test]
    public async Task Code_that_returns_no_task_fails_with_a_message_that_says_so()
    {
        UringLoopGroup group = new(new UringLoopGroupOptions { LoopCount = 2 });
        await FluentActions.Awaiting(() => group.RunAsync(static _ => null!).WaitAsync(Eventually.Deadline)).Should().ThrowAsync<InvalidOperationException>().WithMessage("*no task*");
    }
}
