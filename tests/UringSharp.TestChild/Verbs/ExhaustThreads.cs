namespace UringSharp.TestChild.Verbs;

/// <summary>Makes contexts until no thread can be had, and looks what is said and whether the first one goes on.</summary>
internal static class ExhaustThreads
{
    private const int Most = 1000;

    public static async Task RunAsync(string[] arguments)
    {
        PoolThreads.StartAll();

        // The console wants a thread when it is first used.
        Report.Line("at work", true);
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

        bool goesOn = await UseAsync(contexts[0]);
        foreach (UringContext context in contexts.Skip(1))
        {
            await context.DisposeAsync();
        }

        Report.Line("contexts", contexts.Count);
        Report.Line("one more", failure is null ? "ok" : Report.Describe(failure));
        Report.Line("first", goesOn);
        await using UringContext another = new();
        Report.Line("afterwards", await UseAsync(another));
    }

    private static async Task<bool> UseAsync(UringContext context)
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        await using (reader)
        await using (writer)
        {
            ValueTask<int> read = reader.ReadAsync(new byte[1]);
            await writer.WriteAsync(new byte[1]);
            return await read == 1;
        }
    }
}
