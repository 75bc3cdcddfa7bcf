using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>A large file copied by its path.</summary>
internal sealed class FileCopy(string name, Bars bars) : CopyRow(name, bars)
{
    /// <inheritdoc/>
    internal override string Description => "a large file in the page cache copied into a new one by its path; an operation is the whole copy";

    /// <inheritdoc/>
    protected override string CeilingWork => "copy-range";

    /// <inheritdoc/>
    protected override int CeilingPiece => 1 << 30;

    /// <inheritdoc/>
    protected override string BaselineName => "File.Copy";

    /// <inheritdoc/>
    protected override Task CopyByUringAsync(string source, string target, LapClock clock) =>
        UringFileSystem.CopyAsync(source, target, cancellationToken: clock.CancellationToken).AsTask();

    /// <inheritdoc/>
    protected override Task CopyByDotNetAsync(string source, string target, LapClock clock)
    {
        File.Copy(source, target);
        return Task.CompletedTask;
    }
}
