using System.Diagnostics;
using System.IO.Pipelines;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>
/// Readers that read for ever, one of each pipe, since a FileStream's read cannot be taken back; a lap is a time in which the writer writes, and counts what
/// comes.
/// </summary>
internal sealed class MessageCounter : IContender, IDisposable
{
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_drainInterval = TimeSpan.FromMilliseconds(10);

    private readonly Count[] _counts;
    private readonly int _threadsBefore;
    private readonly Peer _writer;

    /// <param name="name">What it is called.</param>
    /// <param name="readers">Each reads one pipe for ever, and counts what it reads.</param>
    /// <param name="threadsBefore">Threads of this process before anything was opened.</param>
    /// <param name="writer">The other side.</param>
    internal MessageCounter(string name, Func<Count, Task>[] readers, int threadsBefore, Peer writer)
    {
        Name = name;
        _threadsBefore = threadsBefore;
        _writer = writer;
        _counts = Array.ConvertAll(readers, _ => new Count());
        for (int i = 0; i < readers.Length; i++)
        {
            _ = readers[i](_counts[i]);
        }

        writer.AwaitReady();
    }

    /// <inheritdoc/>
    public string Name { get; }

    private long Messages => _counts.Sum(static count => Volatile.Read(ref count.Messages));

    /// <inheritdoc/>
    public void Prepare()
    {
        // What the last lap has left in the pipes.
        long seen;
        long until = Environment.TickCount64 + (long)s_drainLimit.TotalMilliseconds;
        do
        {
            seen = Messages;
            Thread.Sleep(s_drainInterval);
        }
        while (Messages != seen && Environment.TickCount64 < until);
    }

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        _writer.Tell();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long own = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long messages = Messages;
        long began = Stopwatch.GetTimestamp();
        Thread.Sleep(length);
        TimeSpan time = Stopwatch.GetElapsedTime(began);
        messages = Messages - messages;
        processor = Environment.CpuUsage.TotalTime - processor;
        own = GC.GetAllocatedBytesForCurrentThread() - own;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated - own;
        int threads = ThreadCensus.Take().Threads;
        _writer.Tell();
        _writer.AwaitReady();
        return new Lap(
            messages, 0, time, processor, Math.Max(0, allocated), threads, [], [new Finding("threads that the readers have brought", string.Empty, threads - _threadsBefore)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    /// <summary>Reads a stream of messages.</summary>
    internal static async Task ReadAsync(Stream reader, int messageSize, Count count)
    {
        byte[] message = new byte[messageSize];
        int read;
        while ((read = await reader.ReadAsync(message, CancellationToken.None).ConfigureAwait(false)) > 0)
        {
            Volatile.Write(ref count.Messages, count.Messages + (read / messageSize));
        }
    }

    /// <summary>As <see cref="ReadAsync(Stream, int, Count)"/>, from what a pipe has received.</summary>
    internal static async Task ReadAsync(PipeReader reader, int messageSize, Count count)
    {
        ReadResult result;
        do
        {
            result = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref count.Messages, count.Messages + (result.Buffer.Length / messageSize));
            reader.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
    }

    /// <summary>Objects of their own, so that no two readers write to neighbouring numbers.</summary>
    internal sealed class Count
    {
        internal long Messages;
    }
}
