using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>A large file copied from stream to stream.</summary>
internal sealed class StreamCopy(string name, Bars bars) : CopyRow(name, bars)
{
    /// <inheritdoc/>
    internal override string Description => "a large file in the page cache copied into a new one by CopyToAsync; an operation is the whole copy";

    /// <inheritdoc/>
    protected override string CeilingWork => "copy";

    /// <inheritdoc/>
    /// <remarks>Small enough for a processor's cache.</remarks>
    protected override int CeilingPiece => 256 << 10;

    /// <inheritdoc/>
    protected override string BaselineName => "FileStream";

    /// <inheritdoc/>
    protected override Task CopyByUringAsync(string source, string target, LapClock clock) => CopyAsync(
        new UringFileStream(source, StreamOptions.Reading()), new UringFileStream(target, StreamOptions.Writing()), clock);

    /// <inheritdoc/>
    protected override Task CopyByDotNetAsync(string source, string target, LapClock clock) => CopyAsync(
        new FileStream(source, StreamOptions.Reading()), new FileStream(target, StreamOptions.Writing()), clock);

    private static async Task CopyAsync(Stream from, Stream to, LapClock clock)
    {
        await using (from.ConfigureAwait(false))
        await using (to.ConfigureAwait(false))
        {
            await from.CopyToAsync(to, clock.CancellationToken).ConfigureAwait(false);
        }
    }
}
