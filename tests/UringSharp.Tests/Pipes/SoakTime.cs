using System.Diagnostics;
using System.Globalization;

namespace UringSharp.Tests.Pipes;

/// <summary>How long a race goes on: until enough has happened, or, with URINGSHARP_SOAK set, for so many seconds at least and a million races of each kind.</summary>
internal sealed class SoakTime
{
    private static readonly double s_seconds =
        double.TryParse(Environment.GetEnvironmentVariable("URINGSHARP_SOAK"), CultureInfo.InvariantCulture, out double seconds) ? seconds : 0;

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Whether this is a soak.</summary>
    public static bool IsLong => s_seconds > 0;

    /// <summary>Whether the library is the one that errs often (native/src/faults.h): a race takes longer then, and there are many other things to go wrong.</summary>
    public static bool IsOverFaults { get; } = Environment.GetEnvironmentVariable("URINGSHARP_FAULTS") is { Length: > 0 };

    /// <summary>How many races of a kind there are: in a test run, or in a soak.</summary>
    public static int Races => IsLong ? 1_000_000 : IsOverFaults ? 5_000 : 50_000;

    /// <summary>Time since the beginning.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Whether to go on.</summary>
    public bool GoesOn(bool isEnough) => !isEnough || Elapsed.TotalSeconds < s_seconds;
}
