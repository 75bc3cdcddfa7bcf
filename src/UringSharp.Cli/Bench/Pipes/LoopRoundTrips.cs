using System.Globalization;
using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>As <see cref="PipeRoundTrips"/>, by code on an event loop, beside plain C with a ring.</summary>
internal sealed class LoopRoundTrips(string name, Bars bars) : PipeRow(name, Unit.Microseconds, bars)
{
    private const int MessageSize = 64;
    private static readonly string s_block = string.Create(CultureInfo.InvariantCulture, $"block={MessageSize}");

    /// <inheritdoc/>
    internal override string Description =>
        $"round trips of {MessageSize} B over two named pipes to a process that echoes by read(2) and write(2), by code on a UringLoop. Time of one, so less is better. C writes "
        + "and reads through a ring in our place";

    /// <inheritdoc/>
    protected override (string Work, string[] Settings)? Ceiling(BenchPlan plan) => ("pipe-pingpong-ring", [s_block]);

    /// <inheritdoc/>
    internal override IContender Enter(string contender, PipeSite site)
    {
        string there = site.MakePipe("there");
        string back = site.MakePipe("back");
        _ = new Peer(site, "peer-echo", s_block);
        if (contender != UringName)
        {
            FileStream writer = PipeEnds.OpenFileStream(there, FileAccess.Write);
            FileStream reader = PipeEnds.OpenFileStream(back, FileAccess.Read);
            return new ManagedContender(contender, clock => [Task.Run(() => PipeRoundTrips.SendAsync(writer, reader, MessageSize, clock, stays: false))]);
        }

        LoopHost host = new();
        (Stream Writer, Stream Reader) ends = host.Loop.InvokeAsync(async () =>
            ((Stream)await NamedPipe.OpenWriteAsync(there).ConfigureAwait(true), (Stream)await NamedPipe.OpenReadAsync(back).ConfigureAwait(true))).GetAwaiter().GetResult();
        return new ManagedContender(
            contender, clock => [host.Loop.InvokeAsync(() => PipeRoundTrips.SendAsync(ends.Writer, ends.Reader, MessageSize, clock, stays: true))]);
    }
}
