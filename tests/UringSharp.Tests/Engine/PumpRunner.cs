using System.Runtime.CompilerServices;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>Runs code as the raw continuation of a FIFO read, on a pump thread where the mode allows that: nothing of the runtime stands between.</summary>
internal sealed class PumpRunner : IDisposable
{
    private const int Attempts = 500;

    private readonly byte[] _buffer = new byte[8];
    private readonly Fifo _fifo;

    private PumpRunner(Fifo fifo) => _fifo = fifo;

    public static async Task<PumpRunner> CreateAsync(TempFolder folder, UringContext context, string name = "runner") =>
        new(await Fifo.OpenAsync(folder.Fifo(name), context).ConfigureAwait(false));

    /// <summary>Ends when the code has run as a continuation, wherever that was.</summary>
    public Task RunAnywhere(Action code) => Begin(code, onPumpOnly: false, Write);

    /// <summary>Starts the read whose continuation the code is; <see cref="Write"/> lets it run.</summary>
    public Task Arm(Action code) => Begin(code, onPumpOnly: false, static () => { });

    /// <summary>Lets an armed read end.</summary>
    public void Write() => _fifo.Write();

    /// <summary>Ends when the code has run on a pump thread. The first completions of a context go to the pool, so it may take some attempts.</summary>
    public async Task Run(Action code)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Task<bool> ran = Begin(code, onPumpOnly: true, Write);
            await Eventually.Ends(ran).ConfigureAwait(false);
            if (await ran.ConfigureAwait(false))
            {
                return;
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        Assert.Fail($"In {Attempts} attempts no continuation ran on a pump thread.");
    }

    public void Dispose() => _fifo.Dispose();

    private Task<bool> Begin(Action code, bool onPumpOnly, Action arm)
    {
        TaskCompletionSource<bool> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<int> read = _fifo.Reader.ReadAsync(_buffer);
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter = read.ConfigureAwait(false).GetAwaiter();
        awaiter.UnsafeOnCompleted(() =>
        {
            try
            {
                awaiter.GetResult();
                bool runs = !onPumpOnly || PumpThread.Current is not null;
                if (runs)
                {
                    code();
                }

                ended.TrySetResult(runs);
            }
            catch (Exception e)
            {
                ended.TrySetException(e);
            }
        });
        arm();
        return ended.Task;
    }
}
