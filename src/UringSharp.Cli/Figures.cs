using System.Globalization;

namespace UringSharp.Cli;

/// <summary>Numbers as people read them, the same in every locale.</summary>
internal static class Figures
{
    private static readonly NumberFormatInfo s_format = new() { NumberGroupSeparator = " ", NumberDecimalSeparator = "." };

    /// <summary>1 000</summary>
    internal static string Count(long number) => number.ToString("#,0", s_format);

    /// <summary>1 thread, 2 threads.</summary>
    internal static string Count(long number, string thing) => $"{Count(number)} {thing}{(number == 1 ? string.Empty : "s")}";

    /// <summary>+1, 0, -3</summary>
    internal static string Change(long number) => number.ToString("+#,0;-#,0;0", s_format);

    /// <summary>0.97</summary>
    internal static string Ratio(double ratio) => ratio.ToString("0.00", s_format);

    /// <summary>0, 0.25, 72.5, 12 345</summary>
    internal static string Amount(double amount) => amount.ToString(amount < 1000 ? "0.##" : "#,0", s_format);

    /// <summary>0.35 ms, 12 ms, 1 950 ms.</summary>
    internal static string Time(TimeSpan time) => time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.00" : "#,0", s_format) + " ms";

    /// <summary>1.5 s</summary>
    internal static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", s_format) + " s";

    /// <summary>256 MiB</summary>
    internal static string Mebibytes(long bytes) => $"{Count(bytes >> 20)} MiB";
}
