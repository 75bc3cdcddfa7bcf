using System.Globalization;

namespace UringSharp.TestChild.Verbs;

/// <summary>
/// Does in a folder the little that shows whether the library works on a kernel at all, and ends with 1 where it does not: files and a FIFO as <see cref="Use"/> does, reads cancelled
/// and disposed, a loop.
/// </summary>
internal static class Smoke
{
    private const int Rounds = 200;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(string[] arguments)
    {
        UringSupport support = UringSupport.Current;
        Report.Line("kernel", support.KernelVersion);
        Report.Line("features", string.Join(", ", Enum.GetValues<UringFeature>().Where(support.Supports)));
        await Use.RunAsync(arguments);
        string fifo = Path.Combine(arguments[0], "cancelled");
        NamedPipe.Create(fifo);
        await CancelAsync(fifo);
        await Task.Run(() => UringLoop.Run(() => CancelAsync(fifo)));
        Report.Line("reads cancelled", 2 * Rounds);
        if (Report.Failures > 0)
        {
            throw new InvalidDataException($"{Report.Failures} things have failed.");
        }

        Report.Line("smoke", "ok");
    }

    /// <summary>Cancels reads of a FIFO against its writer; no byte is lost.</summary>
    private static async Task CancelAsync(string fifo)
    {
        await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
        await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
        byte[] buffer = new byte[1];
        int read = 0;
        int cancelled = 0;
        for (int i = 0; i < Rounds; i++)
        {
            using CancellationTokenSource source = new();
            Task<PipeReadResult> reading = reader.TryReadAsync(buffer, source.Token).AsTask();
            var cancelling = Task.Run(source.Cancel);
            await writer.WriteAsync(new byte[] { (byte)i });
            PipeReadResult result = await reading.WaitAsync(s_patience);
            await cancelling;
            if (result.IsCanceled)
            {
                cancelled++;
                await reader.ReadExactlyAsync(buffer).AsTask().WaitAsync(s_patience);
            }

            if (buffer[0] != (byte)i)
            {
                throw new InvalidDataException($"{buffer[0]} came instead of {(byte)i}.");
            }

            read++;
        }

        Task<int> pending = reader.ReadAsync(buffer).AsTask();
        await reader.DisposeAsync();
        try
        {
            await pending.WaitAsync(s_patience);
            throw new InvalidDataException("The read of a disposed stream has not failed.");
        }
        catch (ObjectDisposedException)
        {
            Report.Line("bytes read", string.Create(CultureInfo.InvariantCulture, $"{read}, {cancelled} of them after a cancelled read"));
        }
    }
}
