using System.Buffers.Binary;
using System.Diagnostics;

namespace UringSharp.Cli.Demo;

/// <summary>
/// Messages with a number in front, written by a process of its own until its standard input closes: at random moments, and from time to time not at all for
/// a second.
/// </summary>
internal static class NumberedMessages
{
    /// <summary>Bytes of a message. One write(2) of so few bytes is never torn, nor is a read of as many.</summary>
    internal const int Size = 64;

    private const int MicrosecondsInMillisecond = 1000;
    private const int ShortPauseMicroseconds = 1000;
    private const int LongPauseMicroseconds = 20_000;
    private const int MessagesUntilSilence = 150;
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);

    /// <summary>The number a message carries.</summary>
    internal static long Number(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadInt64LittleEndian(message);

    /// <summary>The writer: returns how many it has written.</summary>
    internal static long Write(string fifo, CancellationToken stop)
    {
        Random random = new(1);
        byte[] message = new byte[Size];
        long number = 0;
        using FileStream pipe = new(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        while (!stop.IsCancellationRequested)
        {
            BinaryPrimitives.WriteInt64LittleEndian(message, number);
            pipe.Write(message);
            number++;
            if (number % MessagesUntilSilence == 0)
            {
                stop.WaitHandle.WaitOne(s_silence);
            }
            else
            {
                Pause(random, stop);
            }
        }

        return number;
    }

    /// <summary>Half of the pauses are short, so that messages also come while another is being read or a read is being cancelled.</summary>
    private static void Pause(Random random, CancellationToken stop)
    {
        int microseconds = random.Next(random.Next(2) == 0 ? ShortPauseMicroseconds : LongPauseMicroseconds);
        if (microseconds >= MicrosecondsInMillisecond)
        {
            stop.WaitHandle.WaitOne(microseconds / MicrosecondsInMillisecond);
        }

        long until = Stopwatch.GetTimestamp() + (microseconds % MicrosecondsInMillisecond * (Stopwatch.Frequency / 1_000_000));
        while (Stopwatch.GetTimestamp() < until)
        {
            Thread.SpinWait(20);
        }
    }
}
