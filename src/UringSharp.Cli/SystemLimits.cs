using System.Globalization;

namespace UringSharp.Cli;

/// <summary>Limits of this process and system that decide how many operations can wait.</summary>
internal static class SystemLimits
{
    private const string DisabledSysctl = "/proc/sys/kernel/io_uring_disabled";
    private const string GroupSysctl = "/proc/sys/kernel/io_uring_group";

    /// <summary>Descriptors this process may have open: RLIMIT_NOFILE. The runtime has raised the soft limit to the hard one.</summary>
    internal static long MaxDescriptors =>
        long.TryParse(Limit("Max open files").Soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : long.MaxValue;

    /// <summary>The limits, in words.</summary>
    internal static IEnumerable<(string Name, string Value)> Describe()
    {
        (string soft, string hard) = Limit("Max open files");
        yield return ("RLIMIT_NOFILE", $"{soft} descriptors (hard limit {hard}): each open file or pipe takes one");
        (soft, hard) = Limit("Max locked memory");
        yield return ("RLIMIT_MEMLOCK", $"{soft} bytes (hard limit {hard}): counts for rings before Linux 5.12, and for registered buffers");
        yield return ("kernel.io_uring_disabled", ReadSysctl(DisabledSysctl) switch
        {
            null => "no such switch (Linux 6.6 and later have it)",
            "0" => "0: everybody may use io_uring",
            "1" => $"1: only privileged processes and group {ReadSysctl(GroupSysctl) ?? "-1"} may",
            "2" => "2: nobody may",
            string other => other,
        });
    }

    /// <summary>A line of /proc/self/limits: the name, and columns at least two blanks apart.</summary>
    private static (string Soft, string Hard) Limit(string name)
    {
        try
        {
            string line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(name, StringComparison.Ordinal));
            string[] columns = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return (columns[0], columns[1]);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or IndexOutOfRangeException)
        {
            return ("unknown", "unknown");
        }
    }

    private static string? ReadSysctl(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
