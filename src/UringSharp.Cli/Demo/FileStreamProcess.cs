using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace UringSharp.Cli.Demo;

/// <summary>Runs a measurement of FileStream in a child process.</summary>
internal static class FileStreamProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>The result, or null where the process did not end in time or failed.</summary>
    internal static TResult? Measure<TPlan, TResult>(
        DemoSession session, string measurement, TPlan plan, JsonTypeInfo<TPlan> planInfo, JsonTypeInfo<TResult> resultInfo, TimeSpan expected)
        where TResult : class => session.Report.Track("FileStream, in a process of its own", progress =>
        {
            using Process child = session.Scratch.Start(ChildProcess.Info("demo-filestream", measurement, JsonSerializer.Serialize(plan, planInfo)));
            Task<string> output = child.StandardOutput.ReadToEndAsync();
            long began = Stopwatch.GetTimestamp();
            bool ended = Waiting.Watch(
                output, expected + s_limit, () => progress.Report(Math.Min(1, Stopwatch.GetElapsedTime(began) / expected)), session.CancellationToken);
            return ended && output is { IsCompletedSuccessfully: true, Result.Length: > 0 } ? JsonSerializer.Deserialize(output.Result, resultInfo) : null;
        });
}
