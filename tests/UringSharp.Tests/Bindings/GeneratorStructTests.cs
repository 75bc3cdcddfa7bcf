namespace UringSharp.Tests.Bindings;

public sealed class GeneratorStructTests : GeneratorFixture
{
    [Test]
    public void Fields_lie_where_C_puts_them()
    {
        Generate(
            """
            /** A pair. */
            typedef struct us_pair {
                /** One. */
                uint8_t small_one;
                uint64_t large_one;
            } us_pair;
            """)["NativePair.g.cs"].Should().EndWith(
            """
            using System.Runtime.InteropServices;

            namespace UringSharp.Interop.Native;

            /// <summary>A pair.</summary>
            [StructLayout(LayoutKind.Explicit, Size = 16)]
            internal struct NativePair
            {
                /// <summary>One.</summary>
                [FieldOffset(0)]
                public byte SmallOne;

                [FieldOffset(8)]
                public ulong LargeOne;
            }

            """);
    }

    [Test]
    public void A_fixed_array_stays_inside_its_struct()
    {
        Generate("typedef struct us_words { uint32_t count; uint64_t words[3]; } us_words;")["NativeWords.g.cs"]
            .Should().Contain("Size = 32)]\ninternal unsafe struct NativeWords\n")
            .And.Contain("    [FieldOffset(8)]\n    public fixed ulong Words[3];\n");
    }

    [Test]
    public void A_struct_holds_pointers_enums_and_other_structs()
    {
        string text = Generate(
            """
            typedef enum us_kind { US_KIND_NONE } us_kind;
            typedef struct us_inner { int32_t x; int32_t y; } us_inner;
            typedef struct us_outer { us_kind kind; us_inner inner; void *data; us_inner *next; } us_outer;
            """)["NativeOuter.g.cs"];

        text.Should().Contain("[FieldOffset(0)]\n    public NativeKind Kind;")
            .And.Contain("[FieldOffset(4)]\n    public NativeInner Inner;")
            .And.Contain("[FieldOffset(16)]\n    public void* Data;")
            .And.Contain("[FieldOffset(24)]\n    public NativeInner* Next;");
    }

    [Test]
    public void An_opaque_struct_is_empty_and_keeps_its_comment()
    {
        Generate("/** A ring. */\ntypedef struct us_ring us_ring;")["NativeRing.g.cs"]
            .Should().EndWith("/// <summary>A ring.</summary>\ninternal struct NativeRing\n{\n}\n");
    }

    [Test]
    public void A_struct_declared_before_its_definition_is_generated_once()
    {
        Generate("typedef struct us_late us_late;\nstruct us_late { int32_t value; };")["NativeLate.g.cs"]
            .Should().Contain("public int Value;");
    }

    [Test]
    public void A_bit_field_is_refused() =>
        ShouldBeRefused("typedef struct us_bits {\nuint32_t flag : 1;\n} us_bits;", 2, "the bit-field 'flag' is not supported");

    [Test]
    public void A_union_is_refused() =>
        ShouldBeRefused("typedef union us_either { int32_t a; float b; } us_either;", 1, "unions are not supported");

    [Test]
    public void A_union_inside_a_struct_is_refused() =>
        ShouldBeRefused("typedef struct us_some {\nunion { int32_t a; float b; };\n} us_some;", 2, "unions are not supported");

    [Test]
    public void A_struct_inside_a_struct_is_refused() =>
        ShouldBeRefused("typedef struct us_some {\nstruct { int32_t a; } inner;\n} us_some;", 2, "nested types are not supported");

    [Test]
    public void A_function_pointer_in_a_struct_is_refused() =>
        ShouldBeRefused("typedef struct us_some {\nvoid (*call)(void);\n} us_some;", 2, "function pointers are not supported");

    [Test]
    public void A_flexible_array_is_refused() =>
        ShouldBeRefused("typedef struct us_some {\nint32_t n;\nint32_t items[];\n} us_some;", 3, "the flexible array 'items'");

    [Test]
    public void An_array_of_pointers_is_refused() =>
        ShouldBeRefused("typedef struct us_some {\nvoid *items[2];\n} us_some;", 2, "only arrays of numbers are supported");

    [Test]
    public void A_packed_struct_is_refused() =>
        ShouldBeRefused("typedef struct us_some { uint8_t a; uint32_t b; } __attribute__((packed)) us_some;", 1, "'us_some' is packed");

    [Test]
    public void A_struct_without_fields_is_refused() =>
        ShouldBeRefused("typedef struct us_some { } us_some;", 1, "'us_some' has no fields");

    [Test]
    public void A_typedef_of_another_name_than_its_struct_is_refused() =>
        ShouldBeRefused("typedef struct us_one { int32_t a; } us_other;", 1, "the type behind 'us_other' needs a tag of the same name");
}
