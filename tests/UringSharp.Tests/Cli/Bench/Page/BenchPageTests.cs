using System.Text.Json;
using System.Text.RegularExpressions;
using UringSharp.Cli.Bench.Page;
using UringSharp.Cli.Bench.Results;

namespace UringSharp.Tests.Cli.Bench.Page;

public sealed partial class BenchPageTests
{
    private const string Nasty = "</script><script>alert(1)</script><img src=x onerror=alert(1)>&\"'";

    [Test]
    public void A_page_has_the_machine_the_rows_and_what_was_skipped()
    {
        string page = BenchPage.Render([PageRows.Row("read-direct-4k-qd1", details: PageRows.Details(verdicts: new JsonVerdict("ops/s", "2.00", "≥ 1.00", "met", IsMet: true)))]);

        page.Should().ContainAll(
            "28 November 2026, 12:30 UTC", "Linux 6.18.1", "A processor, 2 processors", "4 096 MiB", "/data (ext4 on /dev/sda; has direct I/O)", ".NET 10", "quick: 5 rounds of 200 ms",
            "read-direct-4k-qd1", "✓ ops/s 2.00, bar ≥&#160;1.00", "A/A: RandomAccess again", "no &lt;room&gt;", "a finding 7 B");
    }

    [Test]
    public void Nothing_is_fetched_from_anywhere()
    {
        string page = BenchPage.Render([PageRows.Row("read-direct-4k-qd1", details: PageRows.Details())]);

        page.Should().Contain("default-src 'none'").And.Contain("Chart.js v4").And.Contain("Permission is hereby granted");
        page.Should().NotContain("sourceMappingURL");
        Fetching().Matches(page).Should().BeEmpty();
    }

    [Test]
    public void Whatever_the_results_say_is_text()
    {
        JsonRow row = PageRows.Row(Nasty, 0.5, unit: Nasty, details: PageRows.Details(Nasty, whyNotFaster: Nasty, verdicts: new JsonVerdict(Nasty, Nasty, Nasty, Nasty, IsMet: false)));

        string page = BenchPage.Render([row]);

        page.Should().NotContain("<img").And.NotContain("alert(1)</script>");
        Scripts().Matches(page).Should().HaveCount(3, "the data, the library and its use");
        Data(page).GetProperty("rows")[0].GetProperty("name").GetString().Should().Be(Nasty);
    }

    [Test]
    public void Results_of_old_make_a_page_without_the_machine()
    {
        JsonRow[] rows = [.. Enumerable.Range(1, 2).Select(static depth => PageRows.Row($"read-direct-4k-qd{depth}") with { Run = null })];

        string page = BenchPage.Render(rows);

        page.Should().Contain("These results are of a version that did not note them.");
        Data(page).GetProperty("charts").EnumerateArray().Select(static chart => chart.GetProperty("title").GetString()).First().Should().Be("Reads past the page cache (O_DIRECT)");
    }

    [Test]
    public void No_rows_at_all_make_a_page_too() => BenchPage.Render([]).Should().Contain("In none of these rows");

    private static JsonElement Data(string page)
    {
        const string begin = "id=\"data\">";
        int start = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return JsonDocument.Parse(page[start..page.IndexOf("</script>", start, StringComparison.Ordinal)]).RootElement;
    }

    [GeneratedRegex("<(link|img|iframe|object)|(src|href)=\"[^#]|@import|\\burl\\(", RegexOptions.IgnoreCase)]
    private static partial Regex Fetching();

    [GeneratedRegex("<script[ >]")]
    private static partial Regex Scripts();
}
