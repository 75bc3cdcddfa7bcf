using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Tests.Files;

/// <summary>What became of an open, as a text to be compared: the descriptor's flags and the file's state, or the exception in every detail.</summary>
internal static class OpenOutcome
{
    /// <summary>Every mode with every access, and undefined ones.</summary>
    public static IEnumerable<(FileMode Mode, FileAccess Access)> Combinations =>
    [
        .. from mode in Enum.GetValues<FileMode>()
           from access in Enum.GetValues<FileAccess>()
           select (mode, access),
        (0, FileAccess.Read),
        ((FileMode)7, FileAccess.Read),
        (FileMode.Open, 0),
        (FileMode.Open, (FileAccess)4),
    ];

    /// <summary>As FileStream opens, share locks apart.</summary>
    public static Task<string> OfBclAsync(string folder, string path, FileMode mode, FileAccess access) => DescribeAsync(folder, path, () =>
    {
        using SafeFileHandle handle = File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);
        return Task.FromResult(FlagsOf(handle));
    });

    /// <summary>As UringFile opens.</summary>
    public static Task<string> OfUringAsync(string folder, string path, FileMode mode, FileAccess access) => DescribeAsync(folder, path, async () =>
    {
        await using UringFile file = await UringFile.OpenAsync(path, mode, access);
        return FlagsOf(file.SafeFileHandle);
    });

    /// <summary>Type, HResult, message and path of an exception and of those inside it; the folder's name does not count.</summary>
    public static string Describe(Exception exception, string folder)
    {
        if (exception is ArgumentException argument)
        {
            // In whose words it is said does not matter.
            return $"{argument.GetType().Name} of {argument.ParamName}";
        }

        string text = $"{exception.GetType().Name} {exception.HResult.ToString("x", CultureInfo.InvariantCulture)} «{exception.Message}»";
        if (exception is FileNotFoundException missing)
        {
            text += $" of «{missing.FileName}»";
        }

        if (exception.InnerException is { } inner)
        {
            text += $" <- {Describe(inner, folder)}";
        }

        return folder.Length == 0 ? text : text.Replace(folder, "<folder>", StringComparison.Ordinal);
    }

    private static async Task<string> DescribeAsync(string folder, string path, Func<Task<string>> open)
    {
        try
        {
            string flags = await open();
            FileInfo file = new(path);
            return $"open with flags {flags}, {file.Length} bytes, {file.UnixFileMode}";
        }
        catch (Exception e)
        {
            return Describe(e, folder);
        }
    }

    /// <summary>Access mode, append, non-blocking, close-on-exec: all the kernel knows of a descriptor, in octal.</summary>
    private static string FlagsOf(SafeFileHandle handle) =>
        File.ReadLines($"/proc/self/fdinfo/{handle.DangerousGetHandle()}").First(static line => line.StartsWith("flags:", StringComparison.Ordinal))[6..].Trim();
}
