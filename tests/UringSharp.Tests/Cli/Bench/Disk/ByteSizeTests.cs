using UringSharp.Cli.Bench.Disk;

namespace UringSharp.Tests.Cli.Bench.Disk;

public sealed class ByteSizeTests
{
    [TestCase("4096", 4096)]
    [TestCase("64K", 65536)]
    [TestCase("512M", 512L << 20)]
    [TestCase("2g", 2L << 30)]
    [TestCase("1.5GiB", 3L << 29)]
    [TestCase("1TB", 1L << 40)]
    [TestCase("7999999T", 7_999_999L << 40)]
    public void A_size_has_a_letter_for_powers_of_1024(string text, long bytes)
    {
        ByteSize.TryParse(text, out long read).Should().BeTrue();
        read.Should().Be(bytes);
    }

    [TestCase("")]
    [TestCase("M")]
    [TestCase("B")]
    [TestCase("-1M")]
    [TestCase("1,5G")]
    [TestCase("1P")]
    [TestCase("9000000T")]
    [TestCase("512 M")]
    public void Anything_else_is_none(string text) => ByteSize.TryParse(text, out _).Should().BeFalse();

    [TestCase(1L << 20, "1 MiB")]
    [TestCase(3L << 29, "1.5 GiB")]
    public void It_is_shown_in_few_digits(long bytes, string text) => ByteSize.Text(bytes).Should().Be(text);
}
