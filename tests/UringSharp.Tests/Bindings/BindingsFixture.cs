using System.Reflection;
using UringSharp.Bindings;
using UringSharp.Bindings.Clang;
using UringSharp.Interop.Native;

namespace UringSharp.Tests.Bindings;

/// <summary>What the tests of the bindings share: where things lie, and the skip where there is no libclang.</summary>
public abstract class BindingsFixture
{
    protected const string HeaderPath = "native/include/uringsharp.h";

    protected static string RepositoryRoot => Metadata("RepositoryRoot");

    protected static string GeneratedDirectory => Path.Combine(RepositoryRoot, "generated");

    protected static string NativeDirectory => Metadata("NativeDirectory");

    /// <summary>The types the header's structs and enums became: one file each.</summary>
    private protected static IReadOnlyList<Type> GeneratedTypes { get; } =
    [
        .. Directory.GetFiles(GeneratedDirectory, "*" + BindingsGenerator.FileSuffix)
            .Select(path => Path.GetFileName(path)[..^BindingsGenerator.FileSuffix.Length])
            .Order(StringComparer.Ordinal)
            .Select(name => typeof(NativeMethods).Assembly.GetType($"{typeof(NativeMethods).Namespace}.{name}", throwOnError: true)!)
            .Where(type => type.IsValueType),
    ];

    protected static void SkipWithoutLibClang()
    {
        if (!LibClang.IsAvailable(out string reason))
        {
            TestContext.Progress.WriteLine($"skipped: {reason}");
            Assert.Ignore(reason);
        }
    }

    private static string Metadata(string key) => typeof(BindingsFixture).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key)
        .Value!;
}
