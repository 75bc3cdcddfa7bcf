using System.Globalization;
using UringSharp.TestChild.Soaking;

namespace UringSharp.TestChild.Verbs;

/// <summary>
/// Does all there is at the same time for so many minutes, and ends with 1 where anything has failed or is left behind. Arguments: minutes, a seed, names of jobs; Ctrl-C ends it with its report.
/// </summary>
internal static class Soak
{
    private static readonly (string Name, Func<SoakWork, Random, Task> Round)[] s_jobs =
    [
        ("files", FileJobs.FileAsync),
        ("direct", FileJobs.DirectAsync),
        ("streams", FileJobs.StreamAsync),
        ("pairs", PipeJobs.PairAsync),
        ("writers", PipeJobs.WriterProcessesAsync),
        ("opens", PipeJobs.OpensAsync),
        ("lines", PipeJobs.LinesAsync),
        ("processes", PipeJobs.ProcessAsync),
        ("handles", PlaceJobs.HandlesAsync),
        ("loops", PlaceJobs.LoopAsync),
        ("groups", PlaceJobs.GroupAsync),
        ("contexts", PlaceJobs.ContextAsync),
        ("model", PlaceJobs.ModelAsync),
    ];

    public static async Task RunAsync(string[] arguments)
    {
        double minutes = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 10;
        int seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
        string folder = Path.Combine(Path.GetTempPath(), "uringsharp-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        try
        {
            using SoakRun run = new(TimeSpan.FromMinutes(minutes), seed, folder, [.. s_jobs.Where(job => arguments.Length < 3 || arguments.Skip(2).Contains(job.Name, StringComparer.Ordinal))]);
            Console.CancelKeyPress += (_, pressed) =>
            {
                pressed.Cancel = true;
                run.Stop();
            };
            Environment.ExitCode = await run.RunAsync() ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
