using UringSharp.Tests.Support;

namespace UringSharp.Tests.SupportedTests;

[WithoutSynchronizationContext]
public sealed class UringOptionsTests
{
    [Test]
    public void The_defaults_are_those_documented()
    {
        UringOptions options = new();

        options.RingCount.Should().Be(Math.Clamp(Environment.ProcessorCount / 8, 1, 8));
        options.QueueDepth.Should().Be(256);
        options.Continuations.Should().Be(ContinuationMode.Adaptive);
        options.Backend.Should().Be(UringBackend.Auto);
        new UringLoopOptions().Backend.Should().Be(UringBackend.Auto);
    }

    [TestCase(-1)]
    [TestCase(3)]
    public void A_backend_that_is_not_defined_is_an_ArgumentOutOfRangeException(int backend)
    {
        Assert.That(() => new UringOptions { Backend = (UringBackend)backend }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new UringLoopOptions { Backend = (UringBackend)backend }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(UringBackend.Uring, Category = "Uring")]
    [TestCase(UringBackend.Portable)]
    public async Task A_context_says_what_drives_it(UringBackend backend)
    {
        await using UringContext context = new(new UringOptions { Backend = backend, RingCount = 2 });

        context.GetStatistics().Backend.Should().Be(backend);
    }

    [TestCase(1)]
    [TestCase(UringOptions.MaxRingCount)]
    public void Ring_counts_in_range_are_taken(int count) => new UringOptions { RingCount = count }.RingCount.Should().Be(count);

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(int.MinValue)]
    [TestCase(UringOptions.MaxRingCount + 1)]
    [TestCase(int.MaxValue)]
    public void A_ring_count_out_of_range_is_an_ArgumentOutOfRangeException_and_changes_nothing(int count)
    {
        UringOptions options = new() { RingCount = 3 };

        Assert.That(() => options.RingCount = count, Throws.InstanceOf<ArgumentOutOfRangeException>());

        options.RingCount.Should().Be(3);
    }

    [TestCase(1)]
    [TestCase(UringOptions.MaxQueueDepth)]
    public void Queue_depths_in_range_are_taken(int depth) => new UringOptions { QueueDepth = depth }.QueueDepth.Should().Be(depth);

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(int.MinValue)]
    [TestCase(UringOptions.MaxQueueDepth + 1)]
    [TestCase(int.MaxValue)]
    public void A_queue_depth_out_of_range_is_an_ArgumentOutOfRangeException_and_changes_nothing(int depth)
    {
        UringOptions options = new() { QueueDepth = 3 };

        Assert.That(() => options.QueueDepth = depth, Throws.InstanceOf<ArgumentOutOfRangeException>());

        options.QueueDepth.Should().Be(3);
    }

    [Test]
    public void Every_continuation_mode_is_taken([Values] ContinuationMode mode) => new UringOptions { Continuations = mode }.Continuations.Should().Be(mode);

    [TestCase(-1)]
    [TestCase(3)]
    public void A_continuation_mode_that_is_not_defined_is_an_ArgumentOutOfRangeException(int mode)
    {
        UringOptions options = new();

        Assert.That(() => options.Continuations = (ContinuationMode)mode, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(1)]
    [TestCase(UringOptions.MaxQueueDepth)]
    public async Task A_context_with_the_smallest_or_the_deepest_queue_opens_and_reads(int depth)
    {
        await using UringContext context = new(new UringOptions { QueueDepth = depth });
        await using UringFile file = await UringFile.OpenAsync("/etc/passwd", FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context });

        (await file.GetLengthAsync()).Should().Be(new FileInfo("/etc/passwd").Length);
    }

    [Test]
    public async Task A_context_has_as_many_rings_as_asked_for()
    {
        await using UringContext context = new(new UringOptions { RingCount = 5 });

        context.GetStatistics().Rings.Should().Be(5);
    }

    [Test]
    public async Task Changing_the_options_afterwards_does_not_change_the_context()
    {
        UringOptions options = new() { RingCount = 2 };
        await using UringContext context = new(options);
        options.RingCount = 7;

        context.GetStatistics().Rings.Should().Be(2);
    }
}
