using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>What is left when contexts have come and gone (glommio #448, law 7).</summary>
public sealed class ContextLifecycleTests
{
    [Test]
    public async Task A_thousand_contexts_with_reads_pending_leave_nothing_behind()
    {
        // Neither the compiler's second thoughts nor the C library's habit of reserving 64 MiB for a thread too many are the subject.
        ChildResult child = (await TestChild.RunBehindAsync(["env", "DOTNET_TieredCompilation=0", "MALLOC_ARENA_MAX=2"], "pending-contexts")).ShouldHaveSucceeded();
        TestContext.Out.WriteLine(child.Output);

        // Early is after the first hundred.
        child["bad ends"].Should().Be("0", "every pending read ends with ObjectDisposedException");
        Growth(child, "threads").Should().BeLessThanOrEqualTo(0);
        Growth(child, "descriptors").Should().Be(0);
        child["late ring mappings"].Should().Be("0");
        Growth(child, "address space in KiB").Should().BeLessThanOrEqualTo(64 * 1024);
        Growth(child, "resident KiB").Should().BeLessThanOrEqualTo(8 * 1024);
    }

    [Test]
    public async Task No_mapping_and_no_descriptor_is_left_the_moment_Dispose_returns()
    {
        using TempFolder folder = new();
        int mappings = Footprint.RingMappings;
        int descriptors = Footprint.DescriptorsInUse;
        UringContext context = new();
        UringPipeStream reader = await Fifo.OpenReaderAsync(folder.Fifo(), context);
        Task read = reader.ReadAsync(new byte[8]).AsTask();

        // On a thread of its own: on the pump, where this may run, Dispose would not wait.
        await Task.Factory.StartNew(context.Dispose, TaskCreationOptions.LongRunning);
        reader.Dispose();

        Footprint.RingMappings.Should().Be(mappings);
        Footprint.Descriptors.Should().BeLessThanOrEqualTo(descriptors);
        await Eventually.Ends(read);
    }

    [Test]
    public async Task The_threads_of_several_rings_all_end()
    {
        int threads = Footprint.PumpThreads;
        UringContext context = new(new UringOptions { RingCount = 5 });
        context.GetStatistics().PumpThreads.Should().Be(5);
        await Eventually.Holds(() => Footprint.PumpThreads == threads + 5, () => $"{Footprint.PumpThreads - threads} pump threads");

        await context.DisposeAsync();

        await Eventually.Holds(() => Footprint.PumpThreads == threads, () => $"{Footprint.PumpThreads - threads} pump threads");
        context.GetStatistics().PumpThreads.Should().Be(0);
    }

    private static long Growth(ChildResult child, string what) =>
        long.Parse(child["late " + what], CultureInfo.InvariantCulture) - long.Parse(child["early " + what], CultureInfo.InvariantCulture);
}
