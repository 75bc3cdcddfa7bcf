using System.Diagnostics;

namespace UringSharp.TestChild.Verbs;

/// <summary>Takes away all descriptors while reads are running, and looks what still works and what is said about the rest.</summary>
internal static class ExhaustDescriptors
{
    public static async Task RunAsync(string[] arguments)
    {
        string path = arguments[0];
        PoolThreads.StartAll();
        await using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Direct = true });
        using AlignedMemoryPool pool = new();
        using CancellationTokenSource end = new();
        long reads = 0;
        Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => ReadAsync())];

        // Everything once while there are descriptors: loading an assembly needs one too.
        Exception? context = Catch(static () => new UringContext().Dispose());
        Exception? open = await CatchAsync(OpenAsync);
        Report.Line("before", context is null && open is null);
        int before = Directory.GetFileSystemEntries("/proc/self/fd").Length;

        bool goesOn;
        Exception? contextWithOne;
        using (DescriptorHog hog = new())
        {
            context = Catch(static () => new UringContext().Dispose());
            open = await CatchAsync(OpenAsync);
            long seen = Volatile.Read(ref reads);
            var watch = Stopwatch.StartNew();
            while (Volatile.Read(ref reads) < seen + 100 && watch.Elapsed < TimeSpan.FromSeconds(10))
            {
                await Task.Yield();
            }

            goesOn = Volatile.Read(ref reads) >= seen + 100;
            hog.GiveBack(1);
            contextWithOne = Catch(static () => new UringContext().Dispose());
        }

        Exception? manyRings = Catch(static () => new UringContext(new UringOptions { RingCount = UringOptions.MaxRingCount }).Dispose());

        Report.Line("context", context is null ? "ok" : Report.Describe(context));
        Report.Line("context with one", contextWithOne is null ? "ok" : Report.Describe(contextWithOne));
        Report.Line("many rings", manyRings is null ? "ok" : Report.Describe(manyRings));
        Report.Line("open", open is null ? "ok" : Report.Describe(open));
        Report.Line("goes on", goesOn);
        Report.Line("afterwards", Catch(static () => new UringContext().Dispose()) is null && await CatchAsync(OpenAsync) is null);
        await end.CancelAsync();
        await Report.OutcomeAsync("readers", () => Task.WhenAll(readers));
        var patience = Stopwatch.StartNew();
        while (Directory.GetFileSystemEntries("/proc/self/fd").Length > before && patience.Elapsed < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(2);
        }

        Report.Line("leaked", Math.Max(0, Directory.GetFileSystemEntries("/proc/self/fd").Length - before));

        async Task ReadAsync()
        {
            using var block = pool.Rent();
            while (!end.IsCancellationRequested)
            {
                if (await file.ReadAsync(block.Memory, 0) != block.Memory.Length)
                {
                    throw new InvalidDataException("A read was short.");
                }

                Interlocked.Increment(ref reads);
            }
        }

        async Task OpenAsync() => (await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read)).Dispose();
    }

    private static Exception? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static async Task<Exception?> CatchAsync(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
