using System.Diagnostics;
using System.Globalization;

namespace UringSharp.Samples.Web.Load;

/// <summary>
/// The verb <c>load</c>: the sample with UringFileStream beside the same with FileStream and with ASP.NET Core's own provider, under the same load, in turns. Client and servers share the machine.
/// </summary>
internal static class LoadComparison
{
    private const int CachedFiles = 64;
    private const int Seed = 20261128;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(string[] args)
    {
        LoadOptions options = new(args);
        string folder = Path.Combine(options.Folder, $"uringsharp-load-{Environment.ProcessId}");
        Directory.CreateDirectory(Path.Combine(folder, "files"));
        Console.WriteLine($"{DateTime.Now:yyyy-MM-dd HH:mm}, {Environment.ProcessorCount} processors, Linux {Environment.OSVersion.Version}, load {File.ReadAllText("/proc/loadavg").Trim()}");
        try
        {
            if (options.Parts.Contains("cached"))
            {
                await CompareCachedAsync(options, folder, 4 * 1024);
                await CompareCachedAsync(options, folder, 64 * 1024);
                await CompareCachedAsync(options, folder, 1024 * 1024);
            }

            if (options.Parts.Contains("cold"))
            {
                await CompareColdAsync(options, folder);
            }

            if (options.Parts.Contains("tails"))
            {
                foreach (string choice in options.Choices.Where(static choice => choice != "physical"))
                {
                    await FollowAsync(options, folder, choice);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static async Task CompareCachedAsync(LoadOptions options, string folder, int size)
    {
        byte[][] requests = await CreateFilesAsync(folder, CachedFiles, size);
        await CompareAsync(
            $"cached: {CachedFiles} files of {size / 1024} KiB, {options.Connections} connections, {options.Time.TotalSeconds} s a turn",
            options,
            folder,
            1,
            options.Connections,
            static () => Task.CompletedTask,
            async clients =>
            {
                long started = Stopwatch.GetTimestamp();
                int next = 0;
                await Task.WhenAll(clients.Select(async client =>
                {
                    while (Stopwatch.GetElapsedTime(started) < options.Time)
                    {
                        await client.GetAsync(requests[(uint)Interlocked.Increment(ref next) % (uint)requests.Length], size);
                    }
                }));
                return (next, (long)next * size);
            });
    }

    private static async Task CompareColdAsync(LoadOptions options, string folder)
    {
        byte[][] requests = await CreateFilesAsync(folder, options.ColdFiles, options.ColdSize);
        await CompareAsync(
            $"cold: {options.ColdFiles} files of {options.ColdSize / 1024} KiB, each once, {options.ColdConnections} connections",
            options,
            folder,
            options.ColdWarmUps,
            options.ColdConnections,
            () => EvictAsync(folder),
            async clients =>
            {
                int next = -1;
                await Task.WhenAll(clients.Select(async client =>
                {
                    for (int index = Interlocked.Increment(ref next); index < requests.Length; index = Interlocked.Increment(ref next))
                    {
                        await client.GetAsync(requests[index], options.ColdSize);
                    }
                }));
                return (requests.Length, (long)requests.Length * options.ColdSize);
            });
    }

    /// <summary>Rounds in which every server has its turn, each round beginning with another. The first ones warm up and count for nothing.</summary>
    private static async Task CompareAsync(
        string title, LoadOptions options, string folder, int warmUps, int connections, Func<Task> prepare, Func<LoadClient[], Task<(int Requests, long Bytes)>> run)
    {
        Console.WriteLine($"\n{title}");
        List<ServedProcess> servers = [];
        List<LoadClient[]> clients = [];
        List<LoadResult>[] results = [.. options.Choices.Select(static _ => new List<LoadResult>())];
        try
        {
            foreach (string choice in options.Choices)
            {
                ServedProcess server = await ServedProcess.StartAsync(choice, Path.Combine(folder, "files"), Path.Combine(folder, "pipes"));
                servers.Add(server);
                clients.Add([.. Enumerable.Range(0, connections).Select(static _ => new LoadClient())]);
                await Task.WhenAll(clients[^1].Select(client => client.ConnectAsync(server.Address)));
            }

            for (int round = -warmUps; round < options.Rounds; round++)
            {
                for (int turn = 0; turn < servers.Count; turn++)
                {
                    int index = (turn + round + warmUps) % servers.Count;
                    await prepare();
                    LoadResult result = await MeasureAsync(servers[index], () => run(clients[index]));
                    if (round >= 0)
                    {
                        results[index].Add(result);
                    }
                }
            }
        }
        finally
        {
            clients.ForEach(static connected => Array.ForEach(connected, static client => client.Dispose()));
            foreach (ServedProcess server in servers)
            {
                await server.DisposeAsync();
            }
        }

        Report(options, results);
    }

    private static async Task<LoadResult> MeasureAsync(ServedProcess server, Func<Task<(int Requests, long Bytes)>> run)
    {
        TimeSpan processor = server.ProcessorTime;
        long fromDisk = server.BytesFromDisk;
        long started = Stopwatch.GetTimestamp();
        (int requests, long bytes) = await run();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new LoadResult(requests / seconds, (server.ProcessorTime - processor).TotalMicroseconds / requests, (server.BytesFromDisk - fromDisk) / (double)bytes);
    }

    private static void Report(LoadOptions options, List<LoadResult>[] results)
    {
        for (int index = 0; index < results.Length; index++)
        {
            Line($"  {options.Choices[index],-10} {Median(results[index], static result => result.Rate),9:N0} requests/s, {Median(results[index], static result => result.ProcessorMicroseconds),6:N0} us of processor each, {Median(results[index], static result => result.DiskFraction),4:P0} from the disk");
        }

        for (int index = 1; index < results.Length; index++)
        {
            List<LoadResult> other = results[index];
            double[] ratios = [.. results[0].Select((result, round) => result.Rate / other[round].Rate).Order()];
            Line($"  {options.Choices[0]} / {options.Choices[index]}: {ratios[ratios.Length / 2]:0.00} (rounds: {string.Join(' ', ratios.Select(static ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))})");
        }
    }

    /// <summary>Clients that follow a pipe each, in which nothing comes: how many threads that takes, and whether the server still answers.</summary>
    private static async Task FollowAsync(LoadOptions options, string folder, string choice)
    {
        byte[][] requests = await CreateFilesAsync(folder, 1, 4096);
        string pipes = Path.Combine(folder, "pipes");
        Directory.CreateDirectory(pipes);
        for (int index = 0; index < options.Clients; index++)
        {
            if (!NamedPipe.Exists(Path.Combine(pipes, $"{index}")))
            {
                NamedPipe.Create(Path.Combine(pipes, $"{index}"));
            }
        }

        await using ServedProcess server = await ServedProcess.StartAsync(choice, Path.Combine(folder, "files"), pipes);
        LoadClient[] clients = [.. Enumerable.Range(0, options.Clients + 1).Select(static _ => new LoadClient())];
        await Task.WhenAll(clients.Select(client => client.ConnectAsync(server.Address)));
        await clients[0].GetAsync(requests[0], 4096);
        int before = server.Threads;
        Console.WriteLine($"\n{options.Clients} clients that follow a pipe each, with --files {choice}");

        using CancellationTokenSource patience = new(s_patience);
        int following = 0;
        var all = Task.WhenAll(clients.Skip(1).Select(async (client, index) =>
        {
            _ = await client.OpenAsync(LoadClient.Request($"tail/{index}"), patience.Token);
            Interlocked.Increment(ref following);
        }));
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        int answered = following;
        long started = Stopwatch.GetTimestamp();
        bool answers = await Within(clients[0].GetAsync(requests[0], 4096));
        TimeSpan waited = Stopwatch.GetElapsedTime(started);
        Line($"  threads {before} before, {server.Threads} with {answered} clients followed; a file is {(answers ? $"answered in {waited.TotalMilliseconds:0.0} ms" : $"not answered in {s_patience.TotalSeconds} s")}");
        Array.ForEach(clients, static client => client.Dispose());
        if (await Settles(() => server.Threads <= before))
        {
            Line($"  {server.Threads} threads after they have left");
        }
        else
        {
            Line($"  {server.Threads} threads {s_patience.TotalSeconds} s after they have left");
        }
    }

    private static async Task<bool> Within(Task task) => await Task.WhenAny(task, Task.Delay(s_patience)) == task && task.IsCompletedSuccessfully;

    private static async Task<bool> Settles(Func<bool> condition)
    {
        long started = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(started) < s_patience)
        {
            await Task.Delay(50);
        }

        return condition();
    }

    /// <summary>Files with bytes that no disk compresses, in an order of their own, and the requests for them.</summary>
    private static async Task<byte[][]> CreateFilesAsync(string folder, int count, int size)
    {
        string files = Path.Combine(folder, "files");
        Directory.Delete(files, recursive: true);
        Directory.CreateDirectory(files);
        Random random = new(Seed);
        byte[] content = new byte[size];
        for (int index = 0; index < count; index++)
        {
            random.NextBytes(content);
            await UringFileSystem.WriteAllBytesAsync(Path.Combine(files, $"{index}.bin"), content);
        }

        byte[][] requests = [.. Enumerable.Range(0, count).Select(static index => LoadClient.Request($"{index}.bin"))];
        random.Shuffle(requests);
        return requests;
    }

    /// <summary>Has the files leave the page cache.</summary>
    private static async Task EvictAsync(string folder)
    {
        foreach (string path in Directory.GetFiles(Path.Combine(folder, "files")))
        {
            await using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.ReadWrite);
            await file.FlushAsync(dataOnly: true);
            await file.AdviseAsync(FileAdvice.DontNeed);
        }
    }

    private static double Median(List<LoadResult> results, Func<LoadResult, double> figure) => results.Select(figure).Order().ElementAt(results.Count / 2);

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
