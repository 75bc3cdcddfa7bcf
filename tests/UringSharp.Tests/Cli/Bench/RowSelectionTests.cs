using UringSharp.Cli.Bench;

namespace UringSharp.Tests.Cli.Bench;

public sealed class RowSelectionTests
{
    private static readonly string[] s_names = ["read-cold-4k-qd1", "read-cold-4k-qd32", "write-direct-4k-qd1", "stat-10k"];

    [TestCase("stat-10k", "stat-10k")]
    [TestCase("read-*", "read-cold-4k-qd1,read-cold-4k-qd32")]
    [TestCase("*-qd1", "read-cold-4k-qd1,write-direct-4k-qd1")]
    [TestCase("*-qd?", "read-cold-4k-qd1,write-direct-4k-qd1")]
    [TestCase("stat-*, read-*qd1", "read-cold-4k-qd1,stat-10k")]
    [TestCase("*", "read-cold-4k-qd1,read-cold-4k-qd32,write-direct-4k-qd1,stat-10k")]
    public void Globs_choose_rows_in_the_order_of_the_rows(string globs, string expected)
    {
        var selection = RowSelection.Of(globs, s_names);

        selection.Names.Should().Equal(expected.Split(','));
        selection.Unknown.Should().BeEmpty();
    }

    [TestCase("nothing", "nothing")]
    [TestCase("read-cold-4k", "read-cold-4k")]
    [TestCase("stat-*,x*,y", "x*,y")]
    [TestCase("", "")]
    [TestCase(",", ",")]
    public void A_glob_that_names_no_row_is_told(string globs, string expected)
    {
        var selection = RowSelection.Of(globs, s_names);

        string.Join(',', selection.Unknown).Should().Be(expected);
        selection.Unknown.Should().NotBeEmpty();
    }
}
