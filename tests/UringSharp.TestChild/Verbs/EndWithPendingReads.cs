using System.Diagnostics;

namespace UringSharp.TestChild.Verbs;

/// <summary>The process ends while very many reads of a named pipe wait: FIFO, how many, and whether it returns or exits.</summary>
internal static class EndWithPendingReads
{
    public static async Task RunAsync(string[] arguments)
    {
        int count = int.Parse(arguments[1], System.Globalization.CultureInfo.InvariantCulture);
        List<Task<int>> reads = [];
        List<UringPipeStream> kept = [];
        for (int i = 0; i < count; i++)
        {
            UringPipeStream reader = await NamedPipe.OpenReadAsync(arguments[0]);
            kept.Add(reader);
            reads.Add(reader.ReadAsync(new byte[1]).AsTask());
        }

        while (UringContext.Default.GetStatistics().InFlight < count)
        {
            await Task.Delay(1);
        }

        Report.Line("waiting", reads.Count(static read => !read.IsCompleted));
        GC.KeepAlive(kept);

        // CLOCK_MONOTONIC, as whoever waits for the end has it.
        Report.Line("ends at", Stopwatch.GetTimestamp());
        if (arguments[2] == "exit")
        {
            Environment.Exit(0);
        }
    }
}
