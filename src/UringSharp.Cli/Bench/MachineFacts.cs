using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using UringSharp.Cli.Bench.Results;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench;

/// <summary>What a benchmark runs on, for its results: from /proc, /sys and the environment.</summary>
internal static class MachineFacts
{
    private const string Unknown = "unknown";
    private const int KibibytesInMebibyte = 1024;
    private static readonly string[] s_prefixes = ["URINGSHARP_", "DOTNET_gc", "DOTNET_GC", "DOTNET_Tiered", "DOTNET_TC_", "DOTNET_ReadyToRun", "DOTNET_ThreadPool", "DOTNET_PROCESSOR_COUNT"];

    /// <summary>The version of this tool.</summary>
    internal static string Version =>
        typeof(MachineFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? Unknown;

    /// <summary>The machine.</summary>
    internal static JsonMachine Take() => new(
        Field("/proc/cpuinfo", "model name") ?? Field("/proc/cpuinfo", "Model") ?? Unknown,
        Environment.ProcessorCount,
        RuntimeInformation.ProcessArchitecture.ToString(),
        Memory(),
        ReadLine("/proc/sys/kernel/osrelease") ?? UringSupport.Current.KernelVersion.ToString(),
        Field("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? Unknown,
        RuntimeInformation.FrameworkDescription);

    /// <summary>The disk.</summary>
    internal static JsonDisk? TakeDisk(ScratchPlace? place) =>
        place is null ? null : new JsonDisk(place.Folder, place.FileSystem, Device(place.Folder), place.HasDirectIO);

    /// <summary>Variables that change how the library or the runtime works, with their values.</summary>
    internal static IReadOnlyList<string> Variables() =>
    [
        .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => $"{variable.Key}={variable.Value}")
            .Where(static variable => Array.Exists(s_prefixes, prefix => variable.StartsWith(prefix, StringComparison.Ordinal))).Order(StringComparer.Ordinal),
    ];

    /// <summary>What is mounted where the folder is, and what kind of disk that is, where /sys knows it.</summary>
    internal static string Device(string folder)
    {
        string real = Path.TrimEndingDirectorySeparator(Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder);
        (string Number, string Point, string Source)? mount = null;
        foreach (string line in ReadLines("/proc/self/mountinfo"))
        {
            // 36 35 98:0 /root /mount/point options … - type source options
            string[] words = line.Split(' ');
            int dash = Array.IndexOf(words, "-");
            string point = dash > 0 && words.Length > dash + 2 ? Regain(words[4]) : string.Empty;
            bool isAround = point == "/" || real == point || (point.Length > 0 && real.StartsWith(point + "/", StringComparison.Ordinal));
            if (isAround && point.Length >= (mount?.Point.Length ?? 0))
            {
                mount = (words[2], point, Regain(words[dash + 2]));
            }
        }

        return mount is { } found ? string.Join(", ", [found.Source, .. Disk(found.Number)]) : Unknown;
    }

    private static IEnumerable<string> Disk(string number)
    {
        // Of a partition the folder above is the disk.
        string device = Path.Combine("/sys/dev/block", number);
        foreach (string folder in new[] { device, Path.Combine(device, "..") })
        {
            if (ReadLine(Path.Combine(folder, "device/model"))?.Trim() is { Length: > 0 } model)
            {
                yield return model;
                yield break;
            }
        }
    }

    /// <summary>In mountinfo a blank is \040.</summary>
    private static string Regain(string text) => text.Replace(@"\040", " ", StringComparison.Ordinal).Replace(@"\011", "\t", StringComparison.Ordinal);

    private static long Memory() =>
        Field("/proc/meminfo", "MemTotal") is { } text && long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes)
            ? kibibytes / KibibytesInMebibyte
            : 0;

    private static string? Field(string path, string name, char separator = ':') =>
        ReadLines(path).Select(line => line.Split(separator, 2)).FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == name)?[1].Trim();

    private static string? ReadLine(string path) => ReadLines(path).FirstOrDefault();

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
