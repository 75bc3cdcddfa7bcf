using System.Diagnostics;

namespace UringSharp.Cli.Demo;

/// <summary>
/// The loop that leaks threads elsewhere: each round waits for the next message or the end of a task, whichever is first, and cancels the other. A cancelled read is
/// awaited before the next begins, since it may have been answered before the cancellation: but no longer than the grace, after
/// which it is left behind, as a loop must do that has other things to serve.
/// </summary>
internal sealed class SelectLoop(Stream messages, int rounds, TimeSpan grace)
{
    private const int LongestTaskMilliseconds = 4;

    private readonly Random _random = new(2);
    private readonly List<Task<int>> _abandoned = [];
    private int _rounds;

    /// <summary>Rounds done.</summary>
    internal int Rounds => Volatile.Read(ref _rounds);

    /// <summary>Messages that reached the loop.</summary>
    internal long Received { get; private set; }

    /// <summary>Messages whose number was not the one that was due.</summary>
    internal long OutOfPlace { get; private set; }

    /// <summary>Reads that lost their round, and ended cancelled.</summary>
    internal int Cancelled { get; private set; }

    /// <summary>Reads that lost their round, and delivered a message all the same.</summary>
    internal int DeliveredAfterCancel { get; private set; }

    /// <summary>Reads that had not ended when the grace was over.</summary>
    internal int Abandoned => _abandoned.Count;

    /// <summary>Messages read by abandoned reads: nobody sees them any more.</summary>
    internal int Swallowed => _abandoned.Count(static read => read is { IsCompletedSuccessfully: true, Result: > 0 });

    /// <summary>From the cancellation of a read to its end, the longest seen.</summary>
    internal TimeSpan LongestCancel { get; private set; }

    /// <summary>The longest round. No round has more to do than to wait for four milliseconds.</summary>
    internal TimeSpan LongestRound { get; private set; }

    /// <summary>Whether the writer has left.</summary>
    internal bool IsAtEnd { get; private set; }

    /// <summary>Plays the rounds, until told to stop.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        while (Rounds < rounds && !stop.IsCancellationRequested && !IsAtEnd)
        {
            long began = Stopwatch.GetTimestamp();
            await PlayRoundAsync().ConfigureAwait(false);
            TimeSpan took = Stopwatch.GetElapsedTime(began);
            LongestRound = took > LongestRound ? took : LongestRound;
            Volatile.Write(ref _rounds, _rounds + 1);
        }
    }

    /// <summary>Reads what is left, until the writer has gone.</summary>
    internal async Task DrainAsync()
    {
        while (!IsAtEnd)
        {
            byte[] buffer = new byte[NumberedMessages.Size];
            Accept(await messages.ReadAsync(buffer).ConfigureAwait(false), buffer);
        }
    }

    private async Task PlayRoundAsync()
    {
        // Its own, since an abandoned read may still write into it.
        byte[] buffer = new byte[NumberedMessages.Size];
        using CancellationTokenSource source = new();
        Task<int> read = messages.ReadAsync(buffer, source.Token).AsTask();
        var other = Task.Delay(_random.Next(1, LongestTaskMilliseconds + 1), source.Token);
        if (await Task.WhenAny(read, other).ConfigureAwait(false) == read)
        {
            await source.CancelAsync().ConfigureAwait(false);
            Accept(await read.ConfigureAwait(false), buffer);
            return;
        }

        long cancelled = Stopwatch.GetTimestamp();
        source.Cancel();
        if (!read.IsCompleted && await Task.WhenAny(read, Task.Delay(grace, CancellationToken.None)).ConfigureAwait(false) != read)
        {
            _abandoned.Add(read);
            return;
        }

        TimeSpan took = Stopwatch.GetElapsedTime(cancelled);
        LongestCancel = took > LongestCancel ? took : LongestCancel;
        if (read.IsCanceled)
        {
            Cancelled++;
        }
        else
        {
            DeliveredAfterCancel++;
            Accept(await read.ConfigureAwait(false), buffer);
        }
    }

    private void Accept(int length, byte[] buffer)
    {
        if (length == 0)
        {
            IsAtEnd = true;
            return;
        }

        if (length != buffer.Length || NumberedMessages.Number(buffer) != Received)
        {
            OutOfPlace++;
        }

        Received++;
    }
}
