using System.Diagnostics;
using System.Globalization;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>The same work in plain C, in a process of its own that is started for each lap and measures itself.</summary>
internal sealed class CeilingContender(BenchSession session, string work, string path, IReadOnlyList<string> settings, Action? prepare = null) : IContender
{
    private const string Program = "uring-ceiling";

    /// <inheritdoc/>
    public string Name => "C";

    /// <inheritdoc/>
    public void Prepare() => prepare?.Invoke();

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        string program = Path.Combine(AppContext.BaseDirectory, Program);
        ProcessStartInfo info = new(
            program, [work, path, .. settings, string.Create(CultureInfo.InvariantCulture, $"milliseconds={length.TotalMilliseconds:0}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = session.Places.Start(info);
        using CancellationTokenRegistration registration = cancellationToken.Register(static process => Kill((Process)process!), process);
        Task<string> complaint = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode == 0 ? Parse(answer) : throw new RowSkippedException($"{Program} {work}: {complaint.Result.Trim()}");
    }

    /// <summary>Operations, bytes, seconds, processor seconds, threads.</summary>
    internal static Lap Parse(string answer)
    {
        string[] words = answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return new Lap(
            long.Parse(words[0], CultureInfo.InvariantCulture),
            long.Parse(words[1], CultureInfo.InvariantCulture),
            TimeSpan.FromSeconds(double.Parse(words[2], CultureInfo.InvariantCulture)),
            TimeSpan.FromSeconds(double.Parse(words[3], CultureInfo.InvariantCulture)),
            Allocated: 0,
            int.Parse(words[4], CultureInfo.InvariantCulture),
            []);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
