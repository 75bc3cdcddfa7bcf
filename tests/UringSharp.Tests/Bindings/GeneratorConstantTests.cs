namespace UringSharp.Tests.Bindings;

public sealed class GeneratorConstantTests : GeneratorFixture
{
    [TestCase("1", "int Value = 1")]
    [TestCase("(-(1 << 3))", "int Value = -8")]
    [TestCase("0x80000000", "uint Value = 2147483648")]
    [TestCase("INT64_MIN", "long Value = -9223372036854775808")]
    [TestCase("UINT64_MAX", "ulong Value = 18446744073709551615")]
    [TestCase("sizeof(uint32_t)", "ulong Value = 4")]
    [TestCase("'a'", "int Value = 97")]
    [TestCase("(US_BASE + 1)", "int Value = 41")]
    public void A_macro_has_the_type_and_value_C_gives_it(string expression, string constant)
    {
        GenerateConstants($"#define US_BASE 40\n#define US_VALUE {expression}").Should().Contain($"internal const {constant};");
    }

    [Test]
    public void A_macro_keeps_its_comment()
    {
        GenerateConstants("/**\n * The base.\n * It is < 41.\n */\n#define US_BASE 40").Should().Contain(
            """
                /// <summary>
                /// The base.
                /// It is &lt; 41.
                /// </summary>
                internal const int Base = 40;
            """);
    }

    [Test]
    public void Macros_that_are_no_constants_of_this_header_are_left_in_C()
    {
        GenerateConstants(
            """
            #define US_GUARD
            #define US_TWICE(x) (2 * (x))
            #define OTHER 3
            #ifndef US_API
            #define US_API export
            #endif
            """).Should().NotContain(" const ");
    }

    [TestCase("\"text\"")]
    [TestCase("1.5")]
    [TestCase("static inline")]
    [TestCase("not_declared")]
    public void A_macro_that_is_not_an_integer_is_refused(string body) =>
        ShouldBeRefused($"#define US_ONE 1\n#define US_BAD {body}", 2, "the macro 'US_BAD' is not an integer constant");
}
