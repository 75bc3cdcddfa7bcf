using System.Diagnostics;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Bench.Results;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>What it costs to await and to post on an event loop.</summary>
internal sealed class LoopAwaits : Row
{
    private const string PostTime = "a post";
    private const string YieldTime = "a yield";
    private const string ReadyTime = "an await of a read that is answered at once";
    private const string ReadyMemory = "memory of an await of a read that is answered at once";
    private const string WaitingMemory = "memory of an await of a read that waits";
    private const int Batch = 1000;

    internal LoopAwaits(string name, double mostPostNanoseconds, double mostBytes)
        : base(name, Unit.OperationsPerSecond, new Bars()) => Limits =
        [
            Limit.AtMost(PostTime, "ns", mostPostNanoseconds, static result => RowResult.Finding(result.Ours, PostTime) is { } time ? time.Median : double.PositiveInfinity),
            Limit.OfFinding(ReadyMemory, "B", mostBytes),
            Limit.OfFinding(WaitingMemory, "B", mostBytes),
        ];

    /// <inheritdoc/>
    internal override string Description =>
        "on a UringLoop: reads of 512 B from the page cache that are answered at once, reads of a pipe that wait, posts of the loop to itself, yields; an operation is one of any";

    /// <inheritdoc/>
    internal override Contest Open(BenchSession session)
    {
        DataFile data = session.ReadFile;
        data.Cache(session.CancellationToken);
        LoopHost host = new();
        return new Contest(new Awaits(host.Loop, data.Path), [], null, host);
    }

    private sealed class Awaits(UringLoop loop, string path) : IContender
    {
        private readonly Stopwatch _posts = new();
        private readonly Stopwatch _yields = new();
        private readonly Stopwatch _ready = new();
        private long _readyBytes;
        private long _waitingBytes;
        private long _rounds;
        private int _missing;

        /// <inheritdoc/>
        public string Name => "UringSharp";

        /// <inheritdoc/>
        public void Prepare()
        {
            _posts.Reset();
            _yields.Reset();
            _ready.Reset();
            _readyBytes = 0;
            _waitingBytes = 0;
            _rounds = 0;
        }

        /// <inheritdoc/>
        public Lap Run(TimeSpan length, CancellationToken cancellationToken)
        {
            Lap lap = new ManagedContender(Name, clock => [loop.InvokeAsync(() => RunAsync(clock))]).Run(length, cancellationToken);
            double each = Math.Max(1, _rounds) * Batch;
            return lap with
            {
                Findings =
                [
                    new Finding(PostTime, "ns", _posts.Elapsed.TotalNanoseconds / each),
                    new Finding(YieldTime, "ns", _yields.Elapsed.TotalNanoseconds / each),
                    new Finding(ReadyTime, "ns", _ready.Elapsed.TotalNanoseconds / each),
                    new Finding(ReadyMemory, "B", Math.Floor(_readyBytes / each)),
                    new Finding(WaitingMemory, "B", Math.Floor(_waitingBytes / each)),
                ],
            };
        }

        private async Task<Work> RunAsync(LapClock clock)
        {
            byte[] buffer = new byte[512];
            UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read).ConfigureAwait(true);
            (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
            await clock.ArriveAsync().ConfigureAwait(true);
            while (!clock.IsOver)
            {
                _posts.Start();
                _missing = Batch;
                for (int i = 0; i < Batch; i++)
                {
                    loop.Post(static awaits => ((Awaits)awaits!)._missing--, this);
                }

                while (_missing > 0)
                {
                    await Task.Yield();
                }

                _posts.Stop();
                _yields.Start();
                for (int i = 0; i < Batch; i++)
                {
                    await Task.Yield();
                }

                _yields.Stop();
                long allocated = GC.GetAllocatedBytesForCurrentThread();
                _ready.Start();
                for (int i = 0; i < Batch; i++)
                {
                    _ = await file.ReadAsync(buffer, 0, CancellationToken.None).ConfigureAwait(true);
                }

                _ready.Stop();
                _readyBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
                allocated = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < Batch; i++)
                {
                    ValueTask<int> reading = reader.ReadAsync(buffer, CancellationToken.None);
                    await writer.WriteAsync(buffer.AsMemory(0, 1), CancellationToken.None).ConfigureAwait(true);
                    _ = await reading.ConfigureAwait(true);
                }

                _waitingBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
                _rounds++;
            }

            await file.DisposeAsync().ConfigureAwait(true);
            await reader.DisposeAsync().ConfigureAwait(true);
            await writer.DisposeAsync().ConfigureAwait(true);
            return new Work(_rounds * 4 * Batch, 0);
        }
    }
}
