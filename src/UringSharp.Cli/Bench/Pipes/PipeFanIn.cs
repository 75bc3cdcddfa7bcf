using System.Globalization;
using System.IO.Pipelines;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>A reader waits on each of many pipes, and another process sends messages to random ones.</summary>
internal sealed class PipeFanIn(string name, Bars bars) : PipeRow(name, Unit.OperationsPerSecond, bars)
{
    private const int MessageSize = 64;
    private const int OtherPoolThreads = 8;

    /// <inheritdoc/>
    internal override string Description =>
        $"many named pipes with a reader each; another process writes messages of {MessageSize} B to random ones, and an operation is the read of one. "
        + "Ours by AsPipeReader, which receives as messages come. FileStream is given a thread for each pipe in advance (SetMinThreads)";

    /// <inheritdoc/>
    protected override int Descriptors(BenchPlan plan) => PipeSite.Some(plan.Pipes);

    /// <inheritdoc/>
    protected override (string Work, string[] Settings)? Ceiling(BenchPlan plan) => ("pipe-fanin", Settings(PipeSite.Some(plan.Pipes)));

    /// <inheritdoc/>
    protected override void PrepareCeiling(PipeSite site) => site.MakePipes(site.SomePipes);

    /// <inheritdoc/>
    internal override IContender Enter(string contender, PipeSite site)
    {
        string[] paths = site.MakePipes(site.SomePipes);
        ThreadCensus.WarmUp();
        int threads = ThreadCensus.Take().Threads;
        Func<MessageCounter.Count, Task>[] readers;
        if (contender == UringName)
        {
            UringContext context = new();
            readers = Array.ConvertAll(paths, path => Reader(PipeEnds.OpenReader(context, path).AsPipeReader()));
        }
        else
        {
            ThreadPool.SetMinThreads(paths.Length + OtherPoolThreads, OtherPoolThreads);

            // For writing as well: open(2) for reading alone waits for a writer.
            readers = Array.ConvertAll(paths, static path => Reader(PipeEnds.OpenFileStream(path, FileAccess.ReadWrite)));
        }

        return new MessageCounter(contender, readers, threads, new Peer(site, "peer-scatter", Settings(paths.Length)));
    }

    private static Func<MessageCounter.Count, Task> Reader(PipeReader reader) => count => MessageCounter.ReadAsync(reader, MessageSize, count);

    private static Func<MessageCounter.Count, Task> Reader(FileStream reader) => count => MessageCounter.ReadAsync(reader, MessageSize, count);

    private static string[] Settings(int pipes) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"block={MessageSize}"),
        string.Create(CultureInfo.InvariantCulture, $"count={pipes}"),
    ];
}
