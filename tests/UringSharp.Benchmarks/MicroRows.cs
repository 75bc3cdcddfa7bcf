using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using UringSharp.Benchmarks.Micro;
using UringSharp.Cli.Bench;

namespace UringSharp.Benchmarks;

/// <summary>Single calls, by BenchmarkDotNet. They are information; no bars.</summary>
internal sealed class MicroRows : IMicroRows
{
    private static readonly (string Name, Type Benchmark)[] s_rows =
    [
        ("micro-read-cached-4k", typeof(CachedRead)),
        ("micro-pipe-read-ready", typeof(ReadyPipeRead)),
        ("micro-open-close", typeof(OpenClose)),
        ("micro-stream-read-small", typeof(SmallStreamRead)),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = [.. s_rows.Select(static row => row.Name)];

    /// <inheritdoc/>
    public void Run(IReadOnlyList<string> names, bool isQuick, string folder)
    {
        MicroFolder.Path = folder;
        foreach ((string name, Type benchmark) in s_rows)
        {
            if (names.Contains(name))
            {
                Run(name, benchmark, isQuick, folder);
            }
        }
    }

    private static void Run(string name, Type benchmark, bool isQuick, string folder)
    {
        // In this process: a project that BenchmarkDotNet makes and builds does not find its way in the layout of artifacts/.
        Job job = (isQuick ? Job.ShortRun : Job.Default).WithToolchain(InProcessEmitToolchain.Instance);
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddColumnProvider([.. DefaultConfig.Instance.GetColumnProviders()])
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(folder)
            .WithOptions(ConfigOptions.DisableLogFile);
        Console.WriteLine();
        Console.WriteLine(name);
        Summary summary = BenchmarkRunner.Run(benchmark, config);
        AccumulationLogger table = new();
        MarkdownExporter.Console.ExportToLog(summary, table);

        // What it says of the machine is said above already.
        IEnumerable<string> lines = table.GetLog().Split('\n').Where(static line => line.StartsWith('|'))
            .Concat(summary.ValidationErrors.Where(static error => error.IsCritical).Select(static error => error.Message));
        Console.WriteLine("  " + string.Join(Environment.NewLine + "  ", lines.Select(static line => line.TrimEnd())));
    }
}
