using UringSharp.Bindings;

namespace UringSharp.Tests.Bindings;

public sealed class NamingTests
{
    [TestCase("us_ring", "NativeRing")]
    [TestCase("us_ring_options", "NativeRingOptions")]
    public void Types_are_native(string cName, string name) => Naming.Type(cName).Should().Be(name);

    [TestCase("us_ring_create", "RingCreate")]
    [TestCase("US_ABI_VERSION", "AbiVersion")]
    public void Members_are_in_Pascal_case_without_the_prefix(string cName, string name) => Naming.Member(cName).Should().Be(name);

    [TestCase("SINGLE_ISSUER", "SingleIssuer")]
    [TestCase("POLL_32BITS", "Poll32Bits")]
    [TestCase("OPENAT2", "Openat2")]
    public void A_letter_after_a_digit_begins_a_word(string words, string name) => Naming.PascalCase(words).Should().Be(name);
}
