using UringSharp.Bindings;

namespace UringSharp.Tests.Bindings;

/// <summary>Generates bindings from small headers; skipped where there is no libclang.</summary>
public abstract class GeneratorFixture : BindingsFixture
{
    [OneTimeSetUp]
    public void NeedsLibClang() => SkipWithoutLibClang();

    /// <summary>The generated files of a header that begins with the standard integer types.</summary>
    private protected static IReadOnlyDictionary<string, string> Generate(string header)
    {
        using var file = new TemporaryHeader("#include <stddef.h>\n#include <stdint.h>\n" + header);
        return BindingsGenerator.Generate(file.Path, "test.h");
    }

    private protected static string GenerateMethods(string header) => Generate(header)["NativeMethods.g.cs"];

    private protected static string GenerateConstants(string header) => Generate(header)["NativeConstants.g.cs"];

    /// <summary>Checks that a header is refused, with the line counted from the first line of <paramref name="header"/>.</summary>
    private protected static void ShouldBeRefused(string header, int line, string reason)
    {
        FluentActions.Invoking(() => Generate(header)).Should().Throw<HeaderException>().WithMessage($"test.h:{line + 2}:*{reason}*");
    }
}
