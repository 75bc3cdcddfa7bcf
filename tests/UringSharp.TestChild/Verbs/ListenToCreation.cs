using System.Diagnostics.Metrics;

namespace UringSharp.TestChild.Verbs;

/// <summary>A listener is told of the library's instruments while the first ring is made: it waits for another ring's end meanwhile, or throws: WAIT or THROW.</summary>
internal static class ListenToCreation
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    public static Task RunAsync(string[] arguments)
    {
        bool hasWaited = false;
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name != "UringSharp" || hasWaited)
                {
                    return;
                }

                if (arguments[0] == "throw")
                {
                    throw new InvalidOperationException("as expected");
                }

                hasWaited = true;
                Report.Line("another ring", Task.Run(static () => UringLoop.Run(static () => Task.CompletedTask)).Wait(s_limit) ? "has ended" : "has not ended");
            },
        };
        listener.Start();

        // The first has the runtime open what it keeps.
        UringLoop.Run(static () => Task.CompletedTask);
        int before = Descriptors();
        for (int i = 0; i < 10; i++)
        {
            UringLoop.Run(static () => Task.CompletedTask);
        }

        Report.Line("more descriptors", Math.Max(0, Descriptors() - before));
        return Task.CompletedTask;
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
