using System.Diagnostics;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using UringSharp.Tests.Support;

namespace UringSharp.Extensions.Tests.Support;

/// <summary>The sample as a process of its own, with folders of its own.</summary>
internal sealed class WebSample : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Process _process;

    private WebSample(string[] environment, string[] arguments)
    {
        Directory.CreateDirectory(Files);
        string program = typeof(WebSample).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static attribute => attribute.Key == "WebSample").Value!;
        ProcessStartInfo info = new(program, ["--urls", "http://127.0.0.1:0", "--root", Files, "--pipes", Pipes, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string variable in environment)
        {
            info.Environment[variable[..variable.IndexOf('=', StringComparison.Ordinal)]] = variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..];
        }

        _process = Process.Start(info)!;
    }

    public HttpClient Client { get; private set; } = null!;

    public Uri Address => Client.BaseAddress!;

    public string Files => _folder["files"];

    public string Pipes => _folder["pipes"];

    /// <summary>Its threads, by name.</summary>
    public string[] Threads => [.. Directory.GetDirectories($"/proc/{_process.Id}/task").Select(NameOf).OfType<string>().Order()];

    public int Descriptors => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    public static async Task<WebSample> StartAsync(string[]? environment = null, params string[] arguments)
    {
        WebSample sample = new(environment ?? [], arguments);
        try
        {
            sample.Client = new HttpClient { BaseAddress = await Eventually.Ends(sample.ReadAddressAsync()), Timeout = Eventually.Deadline };
            return sample;
        }
        catch
        {
            await sample.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a named pipe that clients may follow.</summary>
    public string Pipe(string name)
    {
        NamedPipe.Create(Path.Combine(Pipes, name));
        return Path.Combine(Pipes, name);
    }

    /// <summary>Creates a file that is served, of bytes that a seed decides.</summary>
    public async Task<byte[]> FileAsync(string name, int length, int seed)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        await File.WriteAllBytesAsync(Path.Combine(Files, name), content);
        return content;
    }

    /// <summary>How many of its descriptors refer to a path.</summary>
    public int CountOpen(string path) => OpenDescriptors.Of(path, _process.Id);

    public async Task<JsonNode> StatisticsAsync() => (await Client.GetFromJsonAsync<JsonNode>("/stats"))!;

    /// <summary>Waits until /stats tells something.</summary>
    public async Task Tells(Func<JsonNode, bool> condition, string what)
    {
        long started = Stopwatch.GetTimestamp();
        JsonNode seen;
        while (!condition(seen = await StatisticsAsync()))
        {
            Stopwatch.GetElapsedTime(started).Should().BeLessThan(Eventually.Deadline, "{0}: {1}", what, seen);
            await Task.Delay(10);
        }
    }

    /// <summary>Asks it to end as an operator does, by SIGTERM, and waits.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        await Eventually.Ends(_process.WaitForExitAsync());
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private static string? NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).TrimEnd();
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }

    private async Task<Uri> ReadAddressAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("address: ", StringComparison.Ordinal))
            {
                // Read on, so that its log never fills the pipe.
                _ = _process.StandardOutput.ReadToEndAsync();
                _ = _process.StandardError.ReadToEndAsync();
                return new Uri(line["address: ".Length..]);
            }
        }

        throw new AssertionException($"The sample has ended: {await _process.StandardError.ReadToEndAsync()}");
    }
}
