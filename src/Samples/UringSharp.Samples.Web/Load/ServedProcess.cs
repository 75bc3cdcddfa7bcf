using System.Diagnostics;
using System.Globalization;

namespace UringSharp.Samples.Web.Load;

/// <summary>The sample, started once more as a server.</summary>
internal sealed class ServedProcess : IAsyncDisposable
{
    private const double TicksPerSecond = 100; // USER_HZ: what /proc counts in
    private const int UserTimeColumn = 11; // of /proc/PID/stat, counted from behind the name

    private readonly Process _process;

    private ServedProcess(string choice, Process process, Uri address)
    {
        Choice = choice;
        _process = process;
        Address = address;
    }

    public string Choice { get; }

    public Uri Address { get; }

    public int Threads => Directory.GetDirectories($"/proc/{_process.Id}/task").Length;

    /// <summary>Processor time so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            string stat = File.ReadAllText($"/proc/{_process.Id}/stat");
            string[] columns = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((long.Parse(columns[UserTimeColumn], CultureInfo.InvariantCulture) + long.Parse(columns[UserTimeColumn + 1], CultureInfo.InvariantCulture)) / TicksPerSecond);
        }
    }

    /// <summary>Bytes it has had read from a disk so far.</summary>
    public long BytesFromDisk => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/io").First(static line => line.StartsWith("read_bytes: ", StringComparison.Ordinal))["read_bytes: ".Length..], CultureInfo.InvariantCulture);

    public static async Task<ServedProcess> StartAsync(string choice, string files, string pipes)
    {
        ProcessStartInfo info = new(Environment.ProcessPath!, ["--urls", "http://127.0.0.1:0", "--files", choice, "--root", files, "--pipes", pipes]) { RedirectStandardOutput = true };
        Process process = Process.Start(info)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("address: ", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new ServedProcess(choice, process, new Uri(line["address: ".Length..]));
            }
        }

        throw new InvalidOperationException($"The server with --files {choice} has ended.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
