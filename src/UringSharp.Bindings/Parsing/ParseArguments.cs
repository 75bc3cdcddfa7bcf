using UringSharp.Bindings.Clang;

namespace UringSharp.Bindings.Parsing;

/// <summary>What libclang is told about the header.</summary>
internal static class ParseArguments
{
    internal static IReadOnlyList<string> ForThisMachine()
    {
        string[] arguments =
        [
            "-x", "c",
            "-std=gnu17",
            "-D_GNU_SOURCE",
            // Visibility is the compiler's business; the promise not to block is the generator's.
            "-DUS_API=",
            "-DUS_FAST=__attribute__((annotate(\"us_fast\")))",
        ];

        _ = LibClang.TryParseMajor(ClangMethods.ClangVersion().TakeText(), out int version);
        string? headers = CompilerHeaders.Find(version);
        return headers is null ? arguments : [.. arguments, "-isystem", headers];
    }
}
