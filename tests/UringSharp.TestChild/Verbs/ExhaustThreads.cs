namespace UringSharp.TestChild.Verbs;

/// <summary>Makes contexts until no thread can be had, and looks what is said and whether the first one goes on.</summary>
internal static class ExhaustThreads
{
    private const int Most = 1000;

    public static async Task RunAsync(string[] arguments)
    {
        List<UringContext> contexts = [new()];
        Exception? failure = null;
        while (failure is null && contexts.Count < Most)
        {
            try
            {
                contexts.Add(new UringContext(new UringOptions { RingCount = 4, QueueDepth = 4 }));
            }
            catch (Exception e)
            {
                failure = e;
            }
        }

        Report.Line("contexts", contexts.Count);
        Report.Line("one more", failure is null ? "ok" : Report.Describe(failure));
        await Report.OutcomeAsync("first", () => UseAsync(contexts[0]));
        foreach (UringContext context in contexts.Skip(1))
        {
            await context.DisposeAsync();
        }

        await Report.OutcomeAsync("afterwards", async () =>
        {
            await using UringContext context = new();
            await UseAsync(context);
        });
    }

    private static async Task UseAsync(UringContext context)
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        await using (reader)
        await using (writer)
        {
            ValueTask<int> read = reader.ReadAsync(new byte[1]);
            await writer.WriteAsync(new byte[1]);
            await read;
        }
    }
}
