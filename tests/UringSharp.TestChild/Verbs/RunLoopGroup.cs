using System.Globalization;

namespace UringSharp.TestChild.Verbs;

/// <summary>Runs a group of so many loops, and reports how many have run their code and what it ended with.</summary>
internal static class RunLoopGroup
{
    public static async Task RunAsync(string[] arguments)
    {
        int run = 0;
        UringLoopGroup group = new(new UringLoopGroupOptions { LoopCount = int.Parse(arguments[0], CultureInfo.InvariantCulture) });
        await Report.OutcomeAsync("group", () => group.RunAsync(_ =>
        {
            Interlocked.Increment(ref run);
            return Task.CompletedTask;
        }));
        Report.Line("run", run);
    }
}
