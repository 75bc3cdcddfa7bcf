using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using UringSharp.Tests.Support;

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

    private const string ImplicitUsingsOfWeb = """
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        global using System.Net.Http.Json;
        """;

    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);

    // What warns in a reader's project is no example.
    private static readonly CSharpCompilationOptions s_options = new(
        OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error,
        optimizationLevel: OptimizationLevel.Release, concurrentBuild: false);

    private static readonly IEnumerable<string> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => path.StartsWith(RuntimeEnvironment.GetRuntimeDirectory(), StringComparison.Ordinal))
            .Append(typeof(UringContext).Assembly.Location),
    ];

    // All programs have one name, so that the references are bound once.
    private static readonly Lazy<CSharpCompilation> s_empty = new(static () => Create(s_references, ImplicitUsings));

    private static readonly Lazy<CSharpCompilation> s_emptyOfWeb = new(static () => Create(
        [.. s_references, NativeHelpers.Recorded("Extensions"), .. Directory.GetFiles(WebFramework, "*.dll").Where(static path => !s_references.Any(other => Path.GetFileName(other) == Path.GetFileName(path)))],
        ImplicitUsings, ImplicitUsingsOfWeb));

    // Makes what [LibraryImport] promises; it lies in the SDK.
    private static readonly Lazy<ISourceGenerator> s_libraryImport = new(static () =>
    {
        string packs = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../packs/Microsoft.NETCore.App.Ref"));
        string path = Directory.GetFiles(packs, "Microsoft.Interop.LibraryImportGenerator.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        Type type = Assembly.LoadFrom(path).GetType("Microsoft.Interop.LibraryImportGenerator", throwOnError: true)!;
        return ((IIncrementalGenerator)Activator.CreateInstance(type)!).AsSourceGenerator();
    });

    /// <summary>Where ASP.NET Core lies, if it is there.</summary>
    public static string WebFramework =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../Microsoft.AspNetCore.App", Path.GetFileName(Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory()))));

    /// <summary>Writes the program into a folder.</summary>
    /// <returns>What the compiler has to say against it.</returns>
    public static string[] Compile(string program, string folder, bool isOfWeb)
    {
        Compilation compilation = (isOfWeb ? s_emptyOfWeb : s_empty).Value.AddSyntaxTrees(CSharpSyntaxTree.ParseText(program, s_language));
        if (program.Contains("LibraryImport", StringComparison.Ordinal))
        {
            CSharpGeneratorDriver.Create([s_libraryImport.Value], parseOptions: s_language).RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _);
        }

        return [.. compilation.Emit(Path.Combine(folder, ProgramName + ".dll")).Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(static diagnostic => diagnostic.ToString())];
    }

    private static CSharpCompilation Create(IEnumerable<string> references, params string[] usings) => CSharpCompilation.Create(
        ProgramName, usings.Select(static text => CSharpSyntaxTree.ParseText(text, s_language)), references.Select(static path => MetadataReference.CreateFromFile(path)), s_options);
}
