namespace UringSharp.TestChild.Verbs;

/// <summary>The process ends while an event loop runs, in several ways.</summary>
internal static class EndInLoop
{
    private const int ExitCode = 7;

    public static async Task RunAsync(string[] arguments)
    {
        string path = Path.Combine(Path.GetTempPath(), "uringsharp-" + Guid.NewGuid().ToString("N"));
        NamedPipe.Create(path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            File.Delete(path);
            Report.Line("process exit", "seen");
        };
        switch (arguments[0])
        {
            case "exit":
                UringLoop.Run(async () =>
                {
                    await LeaveReadAsync(path);
                    Environment.Exit(ExitCode);
                });
                break;
            case "exit-in-finally":
                UringLoop.Run(async () =>
                {
                    _ = ExitAtEndAsync(path);
                    await Task.Yield();
                });
                break;
            case "exit-elsewhere":
                UringLoop.Run(async () =>
                {
                    await LeaveReadAsync(path);
                    await Task.Run(static () => Environment.Exit(ExitCode));
                });
                break;
            case "background":
                RunInBackground(path);
                break;
            default:
                throw new ArgumentException("How?", nameof(arguments));
        }

        Report.Line("main", "returned");
        await Task.CompletedTask;
    }

    private static void RunInBackground(string path)
    {
        using ManualResetEventSlim begun = new();
        Thread thread = new(() => UringLoop.Run(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            await LeaveReadAsync(path);
            begun.Set();
            while (true)
            {
                await loop.Delay(TimeSpan.FromMilliseconds(1));
            }
        }))
        {
            IsBackground = true,
        };
        thread.Start();
        begun.Wait();
    }

    private static async Task LeaveReadAsync(string path)
    {
        UringPipeStream pipe = await NamedPipe.OpenReadAsync(path);
        _ = pipe.ReadAsync(new byte[8]).AsTask();
    }

    private static async Task ExitAtEndAsync(string path)
    {
        try
        {
            UringPipeStream pipe = await NamedPipe.OpenReadAsync(path);
            await pipe.TryReadAsync(new byte[8]);
        }
        finally
        {
            Environment.Exit(ExitCode);
        }
    }
}
