using System.Xml.Linq;
using UringSharp.Cli.Bench.Page;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench.Page;

public sealed class BenchPictureTests
{
    [Test]
    public void It_shows_throughput_and_processor_time_against_depth_and_the_threads_of_reads_that_wait()
    {
        JsonRow[] rows =
        [
            .. Enumerable.Range(1, 3).Select(static depth => PageRows.Row($"read-direct-4k-qd{depth}", details: PageRows.Details())),
            PageRows.Row("fifo-idle-10k", unit: "reads waiting", details: PageRows.Details()),
        ];

        var picture = XDocument.Parse(BenchPicture.Render(rows));

        string[] texts = [.. picture.Descendants().Where(static element => element.Name.LocalName == "text").Select(static element => element.Value)];
        texts.Should().Contain(["reads a second", "CPU µs a read", "waiting for named pipes", "UringSharp", "FileStream", "C", "2 000"]);
        texts.Should().ContainMatch("Medians of 5 rounds, 28 November 2026. Linux 6.18.1, A processor, 2 processors, ext4.");
    }

    [Test]
    public void Whatever_the_results_say_is_text_in_it()
    {
        JsonRow row = PageRows.Row("read-direct-4k-qd1");
        row = row with { Run = row.Run! with { Machine = row.Run.Machine with { Processor = "<script>&\"" } } };

        XDocument.Parse(BenchPicture.Render([row])).Descendants().Should().NotContain(static element => element.Name.LocalName == "script");
    }

    [Test]
    public void Of_nothing_it_is_a_picture_too() => XDocument.Parse(BenchPicture.Render([])).Root!.Value.Should().Contain("None of the rows it shows was measured.");
}
