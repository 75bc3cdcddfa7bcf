using UringSharp.Bindings.Emission;
using UringSharp.Bindings.Parsing;

namespace UringSharp.Bindings;

/// <summary>Makes C# bindings from a C header. The same header gives the same bytes, whichever libclang reads it.</summary>
internal static class BindingsGenerator
{
    /// <summary>What the names of generated files end with.</summary>
    internal const string FileSuffix = ".g.cs";

    /// <param name="headerPath">The header.</param>
    /// <param name="displayPath">How the files and messages call it: its path from the top of the repository.</param>
    /// <returns>File names and their texts.</returns>
    /// <exception cref="HeaderException">The header is no valid C, or holds what has no translation.</exception>
    internal static IReadOnlyDictionary<string, string> Generate(string headerPath, string displayPath) =>
        new BindingsEmitter(displayPath).Emit(HeaderParser.Parse(headerPath, displayPath));
}
