using UringSharp.Cli.Bench.Disk;

namespace UringSharp.Tests.Cli.Bench.Disk;

public sealed class DiskVerdictTests
{
    [Test]
    public void Where_it_is_faster_it_is_worth_it() => DiskVerdict.Of([("reads", 2, 0.3), ("writes", 1.2, 0.9)]).Should().Be(
        "Worth it here. UringSharp is faster in all 2 workloads: most in reads, 2.00 times as fast as the best of .NET at 0.30 of its CPU time.");

    [Test]
    public void As_fast_for_less_is_worth_it_too() => DiskVerdict.Of([("reads", 1.0, 0.5), ("writes", 1.0, 1.0)]).Should().Be(
        "Worth it here. As fast, for less CPU time, it is in 1 of 2 workloads: 0.50 of it in reads. Elsewhere it makes little difference (1 of 2 workloads).");

    [Test]
    public void Where_it_is_slower_that_is_said() => DiskVerdict.Of([("reads", 2, 0.3), ("writes", 0.7, 1.4)]).Should().StartWith("Worth it here for some of this work.")
        .And.EndWith("It is slower in 1 of 2 workloads: writes (0.70).");

    [Test]
    public void Where_nothing_is_gained_it_is_not_worth_it() =>
        DiskVerdict.Of([("reads", 1.0, 1.0)]).Should().Be("Not worth it here for speed. It makes little difference (the one workload).");

    [Test]
    public void Slower_for_less_is_no_gain() => DiskVerdict.Of([("reads", 0.5, 0.5)]).Should().StartWith("Not worth it here for speed. It is slower in the one workload");
}
