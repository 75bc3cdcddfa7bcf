namespace UringSharp.Tests.Bindings;

public sealed class GeneratorEnumTests : GeneratorFixture
{
    [Test]
    public void Members_lose_the_prefix_they_share()
    {
        Generate(
            """
            /** Kinds. */
            typedef enum us_kind {
                /** None. */
                US_KIND_NONE,
                US_KIND_VERY_BIG = 5,
                US_KIND_32BITS
            } us_kind;
            """)["NativeKind.g.cs"].Should().EndWith(
            """
            /// <summary>Kinds.</summary>
            internal enum NativeKind : uint
            {
                /// <summary>None.</summary>
                None = 0,
                VeryBig = 5,
                _32Bits = 6,
            }

            """);
    }

    [TestCase("us_open_flags", "NativeOpenFlags")]
    [TestCase("us_poll_events", "NativePollEvents")]
    public void Flags_and_events_can_be_combined(string name, string type)
    {
        Generate($"typedef enum {name} {"{"} US_X_NONE = 0, US_X_LAST = 1u << 31 {"}"} {name};")[type + ".g.cs"]
            .Should().Contain($"[System.Flags]\ninternal enum {type} : uint\n")
            .And.Contain("None = 0x00000000,\n    Last = 0x80000000,\n");
    }

    [Test]
    public void Negative_members_make_the_enum_signed()
    {
        Generate("typedef enum us_kind { US_KIND_BAD = -1, US_KIND_GOOD = 1 } us_kind;")["NativeKind.g.cs"]
            .Should().Contain("internal enum NativeKind : int\n{\n    Bad = -1,\n    Good = 1,\n}");
    }

    [Test]
    public void A_lone_member_loses_the_name_of_its_enum()
    {
        Generate("typedef enum us_kind { US_KIND_LONE_WOLF } us_kind;")["NativeKind.g.cs"].Should().Contain("    LoneWolf = 0,");
    }

    [Test]
    public void A_member_named_like_the_prefix_of_the_others_keeps_a_name()
    {
        Generate("typedef enum us_kind { US_OPEN, US_OPEN_NOW } us_kind;")["NativeKind.g.cs"]
            .Should().Contain("    Open = 0,\n    OpenNow = 1,");
    }

    [Test]
    public void An_enum_without_a_name_is_refused() =>
        ShouldBeRefused("enum { US_ONE = 1 };", 1, "does not begin with 'us_'");

    [Test]
    public void A_member_without_the_prefix_is_refused() =>
        ShouldBeRefused("enum us_kind {\nSTRANGER\n};", 2, "'STRANGER' does not begin with 'us_'");
}
