namespace UringSharp.Tests.Bindings;

public sealed class GeneratorFunctionTests : GeneratorFixture
{
    [Test]
    public void A_function_loses_its_prefix_and_keeps_its_symbol()
    {
        GenerateMethods("int32_t us_ring_create(void);").Should().Contain(
            """
                [LibraryImport("uringsharp", EntryPoint = "us_ring_create")]
                internal static partial int RingCreate();
            """);
    }

    [Test]
    public void Only_a_function_marked_fast_skips_the_GC_transition()
    {
        GenerateMethods("US_API US_FAST int32_t us_quick(void);\nUS_API int32_t us_slow(void);").Should().Contain(
            """
                [LibraryImport("uringsharp", EntryPoint = "us_quick")]
                [SuppressGCTransition]
                internal static partial int Quick();

                [LibraryImport("uringsharp", EntryPoint = "us_slow")]
                internal static partial int Slow();
            """);
    }

    [TestCase("void", "void")]
    [TestCase("int8_t", "sbyte")]
    [TestCase("uint8_t", "byte")]
    [TestCase("int16_t", "short")]
    [TestCase("uint16_t", "ushort")]
    [TestCase("int32_t", "int")]
    [TestCase("uint32_t", "uint")]
    [TestCase("int64_t", "long")]
    [TestCase("uint64_t", "ulong")]
    [TestCase("size_t", "nuint")]
    [TestCase("intptr_t", "nint")]
    [TestCase("int", "int")]
    [TestCase("unsigned", "uint")]
    [TestCase("long long", "long")]
    [TestCase("double", "double")]
    [TestCase("const char *", "byte*")]
    [TestCase("const void *", "void*")]
    [TestCase("void **", "void**")]
    [TestCase("const uint64_t *const *", "ulong**")]
    [TestCase("us_thing *", "NativeThing*")]
    [TestCase("const struct us_thing *", "NativeThing*")]
    [TestCase("us_handle", "int")]
    [TestCase("us_kind", "NativeKind")]
    public void A_type_becomes_one_of_the_same_size(string cType, string type)
    {
        string methods = GenerateMethods(
            $"""
            typedef struct us_thing us_thing;
            typedef int32_t us_handle;
            typedef enum us_kind {"{"} US_KIND_NONE {"}"} us_kind;
            {cType} us_get(void);
            """);

        methods.Should().Contain($"internal static partial {type} Get();");
    }

    [Test]
    public void Parameters_are_in_camel_case_and_never_a_keyword()
    {
        GenerateMethods("void us_wait(uint32_t wait_count, int32_t event, void *base);")
            .Should().Contain("Wait(uint waitCount, int @event, void* @base);");
    }

    [Test]
    public void A_comment_becomes_the_summary_with_its_special_characters_escaped()
    {
        GenerateMethods("/** Waits while a < b && b > c: \"now\". */\nvoid us_wait(void);")
            .Should().Contain("    /// <summary>Waits while a &lt; b &amp;&amp; b &gt; c: \"now\".</summary>\n    [LibraryImport(");
    }

    [Test]
    public void A_comment_of_many_lines_keeps_its_lines()
    {
        GenerateMethods("/**\n * First.\n *\n *   Second: p * q.\n */\nvoid us_wait(void);").Should().Contain(
            """
                /// <summary>
                /// First.
                ///
                /// Second: p * q.
                /// </summary>
                [LibraryImport(
            """);
    }

    [Test]
    public void A_comment_that_is_no_documentation_stays_in_C()
    {
        GenerateMethods("/* ---- a heading ---- */\nvoid us_wait(void);").Should().NotContain("heading");
    }

    [Test]
    public void A_function_pointer_is_refused() =>
        ShouldBeRefused("\nvoid us_call(int32_t (*callback)(void));", 2, "function pointers are not supported");

    [Test]
    public void A_function_pointer_behind_a_typedef_is_refused() =>
        ShouldBeRefused("typedef void (*us_hook)(void);\nvoid us_call(us_hook hook);", 2, "function pointers are not supported");

    [Test]
    public void A_variadic_function_is_refused() =>
        ShouldBeRefused("int32_t us_print(const char *format, ...);", 1, "'us_print' is variadic");

    [Test]
    public void A_function_without_a_prototype_is_refused() =>
        ShouldBeRefused("int32_t us_old();", 1, "'us_old' is variadic or has no prototype");

    [Test]
    public void A_function_defined_in_the_header_is_refused() =>
        ShouldBeRefused("static inline int32_t us_one(void) { return 1; }", 1, "'us_one' is defined in the header");

    [Test]
    public void A_parameter_without_a_name_is_refused() =>
        ShouldBeRefused("void us_wait(int32_t);", 1, "a parameter without a name");

    [Test]
    public void A_type_whose_size_differs_between_architectures_is_refused() =>
        ShouldBeRefused("long us_length(void);", 1, "the type 'long' is not supported");

    [Test]
    public void A_function_without_the_prefix_is_refused() =>
        ShouldBeRefused("void stranger(void);", 1, "'stranger' does not begin with 'us_'");

    [Test]
    public void A_variable_is_refused() =>
        ShouldBeRefused("extern int32_t us_counter;", 1, "the variable 'us_counter' is not supported");

    [Test]
    public void A_header_that_is_no_C_is_refused_in_the_words_of_the_parser() =>
        ShouldBeRefused("void us_wait(unknown_type value);", 1, "unknown type name 'unknown_type'");

    [Test]
    public void A_header_that_includes_what_is_not_there_is_refused() =>
        ShouldBeRefused("#include \"missing.h\"", 1, "'missing.h' file not found");
}
