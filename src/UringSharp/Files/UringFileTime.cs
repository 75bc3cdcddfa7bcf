using System.Globalization;

namespace UringSharp;

/// <summary>A time of a file, to the nanosecond; <see cref="DateTimeOffset"/> knows only 100 nanoseconds.</summary>
/// <param name="Seconds">Whole seconds since 1970-01-01 00:00 UTC, negative before.</param>
/// <param name="Nanoseconds">Nanoseconds after that second, 0 to 999 999 999.</param>
public readonly record struct UringFileTime(long Seconds, int Nanoseconds) : IComparable<UringFileTime>
{
    private const int NanosecondsPerTick = 100;

    /// <summary>The time of a DateTimeOffset.</summary>
    /// <param name="time">The time.</param>
    public static implicit operator UringFileTime(DateTimeOffset time) => FromDateTimeOffset(time);

    /// <summary>Earlier.</summary>
    /// <param name="left">One time.</param>
    /// <param name="right">The other.</param>
    public static bool operator <(UringFileTime left, UringFileTime right) => left.CompareTo(right) < 0;

    /// <summary>Later.</summary>
    /// <param name="left">One time.</param>
    /// <param name="right">The other.</param>
    public static bool operator >(UringFileTime left, UringFileTime right) => left.CompareTo(right) > 0;

    /// <summary>Not later.</summary>
    /// <param name="left">One time.</param>
    /// <param name="right">The other.</param>
    public static bool operator <=(UringFileTime left, UringFileTime right) => left.CompareTo(right) <= 0;

    /// <summary>Not earlier.</summary>
    /// <param name="left">One time.</param>
    /// <param name="right">The other.</param>
    public static bool operator >=(UringFileTime left, UringFileTime right) => left.CompareTo(right) >= 0;

    /// <summary>The time of a DateTimeOffset.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The same time.</returns>
    public static UringFileTime FromDateTimeOffset(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        long seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out long rest);
        return rest < 0
            ? new UringFileTime(seconds - 1, (int)(rest + TimeSpan.TicksPerSecond) * NanosecondsPerTick)
            : new UringFileTime(seconds, (int)rest * NanosecondsPerTick);
    }

    /// <summary>The time in UTC, cut to 100 nanoseconds.</summary>
    /// <returns>The time.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It lies outside the years 1 to 9999, as a damaged file's may.</exception>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeSeconds(Seconds).AddTicks(Nanoseconds / NanosecondsPerTick);

    /// <inheritdoc/>
    public int CompareTo(UringFileTime other) =>
        Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Seconds since 1970 with nine decimals, as stat(1) prints them.</summary>
    /// <returns>For example 1700000000.000000001.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seconds}.{Nanoseconds:000000000}");
}
