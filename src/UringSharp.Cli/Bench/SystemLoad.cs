using System.Globalization;

namespace UringSharp.Cli.Bench;

/// <summary>How busy this machine is with other things, from /proc/loadavg.</summary>
internal static class SystemLoad
{
    private const double HighShare = 0.5;

    /// <summary>Processes that ran or waited for the disk, over 1, 5 and 15 minutes.</summary>
    internal static string Text => string.Join(' ', Words().Take(3));

    /// <summary>Whether half of the processors or more were busy in the last minute.</summary>
    internal static bool IsHigh =>
        double.TryParse(Words().FirstOrDefault(), NumberStyles.Float, CultureInfo.InvariantCulture, out double load)
        && load >= Environment.ProcessorCount * HighShare;

    private static string[] Words()
    {
        try
        {
            return File.ReadAllText("/proc/loadavg").Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ["unknown"];
        }
    }
}
