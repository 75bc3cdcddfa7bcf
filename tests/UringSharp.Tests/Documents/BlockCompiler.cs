using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace UringSharp.Tests.Documents;

/// <summary>Compiles programs as a new console project would, in this process: forty of them cost what three runs of the SDK do.</summary>
internal static class BlockCompiler
{
    /// <summary>The name of each program's assembly.</summary>
    public const string ProgramName = "program";

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);

    // What warns in a reader's project is no example.
    private static readonly CSharpCompilationOptions s_options = new(
        OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error,
        optimizationLevel: OptimizationLevel.Release, concurrentBuild: false);

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => path.StartsWith(RuntimeEnvironment.GetRuntimeDirectory(), StringComparison.Ordinal))
            .Append(typeof(UringContext).Assembly.Location)
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    // All programs have one name, so that the references are bound once.
    private static readonly CSharpCompilation s_empty =
        CSharpCompilation.Create(ProgramName, [CSharpSyntaxTree.ParseText(ImplicitUsings, s_language)], s_references, s_options);

    // Makes what [LibraryImport] promises; it lies in the SDK.
    private static readonly Lazy<ISourceGenerator> s_libraryImport = new(static () =>
    {
        string packs = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../packs/Microsoft.NETCore.App.Ref"));
        string path = Directory.GetFiles(packs, "Microsoft.Interop.LibraryImportGenerator.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        Type type = Assembly.LoadFrom(path).GetType("Microsoft.Interop.LibraryImportGenerator", throwOnError: true)!;
        return ((IIncrementalGenerator)Activator.CreateInstance(type)!).AsSourceGenerator();
    });

    /// <summary>Writes the program into a folder.</summary>
    /// <returns>What the compiler has to say against it.</returns>
    public static string[] Compile(string program, string folder)
    {
        Compilation compilation = s_empty.AddSyntaxTrees(CSharpSyntaxTree.ParseText(program, s_language));
        if (program.Contains("LibraryImport", StringComparison.Ordinal))
        {
            CSharpGeneratorDriver.Create([s_libraryImport.Value], parseOptions: s_language).RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _);
        }

        return [.. compilation.Emit(Path.Combine(folder, ProgramName + ".dll")).Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(static diagnostic => diagnostic.ToString())];
    }
}
