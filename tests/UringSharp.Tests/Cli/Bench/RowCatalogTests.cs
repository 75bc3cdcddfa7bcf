using UringSharp.Cli.Bench;

namespace UringSharp.Tests.Cli.Bench;

public sealed class RowCatalogTests
{
    private static readonly string[] s_names =
    [
        "read-cached-4k-qd1", "read-cached-4k-qd1-observed", "read-cached-4k-qd32", "read-cached-4k-qd128", "read-cached-64k-qd1", "read-cached-1m-qd1",
        "read-overlay-4k-qd1", "read-overlay-4k-qd32", "read-tmpfs-4k-qd1", "read-tmpfs-4k-qd32",
        "read-cold-4k-qd1", "read-cold-4k-qd4", "read-cold-4k-qd32", "read-cold-4k-qd128",
        "read-direct-4k-qd1", "read-direct-4k-qd4", "read-direct-4k-qd32", "read-direct-4k-qd128",
        "write-buffered-4k-qd1", "write-buffered-4k-qd32", "write-buffered-4k-qd128",
        "write-direct-4k-qd1", "write-direct-4k-qd4", "write-direct-4k-qd32", "write-direct-4k-qd128",
        "read-direct-4k-qd32-threadpool",
        "read-direct-4k-qd32-work10us", "read-direct-4k-qd8-work50us", "read-direct-4k-qd128-work50us", "read-direct-4k-qd32-work500us",
        "stream-read-64k-cold", "stream-read-64k-cached", "stream-write-4k", "stream-write-4k-fsync", "stream-copy-1g-cached",
        "file-copy-1g", "small-files-cold", "small-files-cached", "stat-10k",
        "fifo-idle-10k", "fifo-pingpong-64b", "fifo-pingpong-64b-busypoll", "fifo-stream-64k", "fifo-fanin-1000x64b",
        "cancel-latency", "cancel-rate", "cancel-rate-try", "fifo-open-write-1000", "fifo-eof-10k",
        "loop-read-direct-4k-qd128", "loop-read-cached-4k-qd32", "loop-read-direct-4k-qd1", "loop-fifo-pingpong-64b", "loop-await", "loop-channel",
    ];

    [Test]
    public void Results_can_be_compared_over_the_years_by_the_names_of_the_rows() => RowCatalog.All.Select(static row => row.Name).Should().Equal(s_names);

    [TestCaseSource(nameof(s_names))]
    public void Each_row_says_what_it_does_and_has_bars(string name)
    {
        Row row = RowCatalog.All.Single(row => row.Name == name);

        row.Description.Should().NotBeEmpty();
        (row.Bars.Describe(row.Unit).Count() + row.Limits.Count).Should().BePositive();
        (row.Bars.Ratio ?? 1).Should().BeInRange(0.5, 5);
        (row.Bars.Processor ?? 1).Should().BeInRange(0.1, 1.5);
    }
}
