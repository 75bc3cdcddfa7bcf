using System.Globalization;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>A large file that is in the page cache is copied into one that does not exist yet.</summary>
internal abstract class CopyRow(string name, Bars bars) : Row(name, Unit.MegabytesPerSecond, bars)
{
    /// <summary>What plain C does.</summary>
    protected abstract string CeilingWork { get; }

    /// <summary>Bytes of each piece it does.</summary>
    protected abstract int CeilingPiece { get; }

    /// <summary>Who is compared with.</summary>
    protected abstract string BaselineName { get; }

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        DataFile source = session.ReadFile;
        source.Cache(session.CancellationToken);
        BenchSession.RequireSpace(session.Places.Disk, source.Length);
        OutputFile target = new(Path.Combine(session.Places.Disk, "copy"));
        string[] settings = [$"target={target.Path}", string.Create(CultureInfo.InvariantCulture, $"block={CeilingPiece}")];
        return new Contest(
            Contender("UringSharp", CopyByUringAsync),
            [Contender(BaselineName, CopyByDotNetAsync)],
            new CeilingContender(session, CeilingWork, source.Path, settings, target.Delete),
            target);

        ManagedContender Contender(string contender, Func<string, string, LapClock, Task> copy) =>
            new(contender, clock => [Task.Run(() => RunAsync(copy, source, target.Path, clock))], target.Delete);
    }

    /// <summary>Copies by UringSharp.</summary>
    protected abstract Task CopyByUringAsync(string source, string target, LapClock clock);

    /// <summary>Copies by what .NET has.</summary>
    protected abstract Task CopyByDotNetAsync(string source, string target, LapClock clock);

    private static async Task<Work> RunAsync(Func<string, string, LapClock, Task> copy, DataFile source, string target, LapClock clock)
    {
        await clock.ArriveAsync().ConfigureAwait(false);
        await copy(source.Path, target, clock).ConfigureAwait(false);
        long copied = new FileInfo(target).Length;
        return copied == source.Length ? new Work(1, copied) : throw new IOException($"{target}: only {Figures.Count(copied)} bytes were copied.");
    }
}
