using System.Diagnostics;

namespace UringSharp.Tests.Pipes;

/// <summary>
/// Waits for an answer that is racing: at first without sleeping, then asleep. Threads that spin or yield until it has come take both processors of a small
/// machine from the pump's thread, which then waits a time slice for its turn, and a race takes a millisecond instead of some microseconds.
/// </summary>
internal static class Answer
{
    private static readonly long s_spin = Stopwatch.Frequency * 20 / 1_000_000;

    /// <summary>The result, or the exception.</summary>
    public static T Of<T>(ValueTask<T> answer)
    {
        long started = Stopwatch.GetTimestamp();
        while (!answer.IsCompleted)
        {
            if (Stopwatch.GetTimestamp() - started > s_spin)
            {
                return answer.AsTask().GetAwaiter().GetResult();
            }
        }

        return answer.GetAwaiter().GetResult();
    }

    /// <summary>Returns when it has come, or throws the exception.</summary>
    public static void Of(ValueTask answer)
    {
        long started = Stopwatch.GetTimestamp();
        while (!answer.IsCompleted)
        {
            if (Stopwatch.GetTimestamp() - started > s_spin)
            {
                answer.AsTask().GetAwaiter().GetResult();
                return;
            }
        }

        answer.GetAwaiter().GetResult();
    }
}
