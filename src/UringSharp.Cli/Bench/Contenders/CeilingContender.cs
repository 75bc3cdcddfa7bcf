using System.Diagnostics;
using System.Globalization;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>The same work in plain C, in a process of its own that is started for each lap and measures itself.</summary>
internal sealed class CeilingContender(BenchSession session, string work, string path, IReadOnlyList<string> settings, Action? prepare = null) : IContender
{
    private const string FileName = "uring-ceiling";
    private const string Ring = "ring";
    private const string Cancels = "cancels";

    /// <inheritdoc/>
    public string Name => "C";

    /// <summary>Whether the program lies beside this one. It is made for one processor, so the tool that is installed by NuGet has none.</summary>
    internal static bool IsInstalled => File.Exists(Program);

    /// <summary>Whether it can do its work here: where io_uring is denied, UringSharp has another backend; plain C has none.</summary>
    internal bool CanRun => IsInstalled && (UringSupport.Current.IsAvailable || !NeedsRing(work));

    private static string Program => Path.Combine(AppContext.BaseDirectory, FileName);

    /// <inheritdoc/>
    public void Prepare() => prepare?.Invoke();

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        ProcessStartInfo info = new(
            Program, [work, path, .. settings, string.Create(CultureInfo.InvariantCulture, $"milliseconds={length.TotalMilliseconds:0}")])
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
        return process.ExitCode == 0 ? Parse(answer) : throw new RowSkippedException($"{FileName} {work}: {complaint.Result.Trim()}");
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

    private static bool NeedsRing(string work) => work == Cancels || work.EndsWith(Ring, StringComparison.Ordinal);

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
