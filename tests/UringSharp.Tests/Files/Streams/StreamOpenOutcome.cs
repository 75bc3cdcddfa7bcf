using System.Globalization;

namespace UringSharp.Tests.Files.Streams;

/// <summary>What became of opening a stream, as a text to be compared: the stream and its descriptor, or the exception in every detail; and the file afterwards.</summary>
internal static class StreamOpenOutcome
{
    /// <summary>The three ways to open: FileStream, and ours with and without blocking.</summary>
    public static IReadOnlyList<(string Name, Func<string, FileStreamOptions, Stream> Open)> Ways { get; } =
    [
        ("FileStream", static (path, options) => new FileStream(path, options)),
        ("UringFileStream", static (path, options) => new UringFileStream(path, options)),
        ("OpenAsync", static (path, options) => UringFileStream.OpenAsync(path, options).AsTask().GetAwaiter().GetResult()),
    ];

    /// <summary>Opens a path below a folder, looks, and closes.</summary>
    public static string Of(Func<string, FileStreamOptions, Stream> open, string folder, string path, FileStreamOptions options)
    {
        string outcome;
        try
        {
            using Stream stream = open(path, options);
            outcome = Describe(stream);
        }
        catch (Exception e)
        {
            outcome = Describe(e);
        }

        return $"{outcome}; then {State(path)}".Replace(folder, "<folder>", StringComparison.Ordinal);
    }

    /// <summary>Type, HResult, parameter and message of an exception and of those inside it.</summary>
    public static string Describe(Exception exception)
    {
        string text = $"{exception.GetType().Name} {exception.HResult.ToString("x", CultureInfo.InvariantCulture)} {(exception as ArgumentException)?.ParamName} «{exception.Message}»";
        return exception.InnerException is { } inner ? $"{text} <- {Describe(inner)}" : text;
    }

    private static string Describe(Stream stream)
    {
        (string name, bool isAsync, nint descriptor) = stream switch
        {
            FileStream file => (file.Name, file.IsAsync, file.SafeFileHandle.DangerousGetHandle()),
            _ => (((UringFileStream)stream).Name, ((UringFileStream)stream).IsAsync, ((UringFileStream)stream).SafeFileHandle.DangerousGetHandle()),
        };
        IEnumerable<string> kernel = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
            .Where(static line => line.StartsWith("flags:", StringComparison.Ordinal) || line.StartsWith("pos:", StringComparison.Ordinal) || line.StartsWith("lock:", StringComparison.Ordinal))
            .Select(static line => line.StartsWith("lock:", StringComparison.Ordinal) ? string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..5]) : line);
        return $"{name} {stream.CanRead} {stream.CanWrite} {stream.CanSeek} {isAsync} {stream.Position} {stream.Length} {string.Join(", ", kernel)}";
    }

    private static string State(string path)
    {
        try
        {
            return Directory.Exists(path) ? "a folder"
                : File.Exists(path) ? $"{File.ReadAllText(path)} {File.GetUnixFileMode(path)}"
                : "nothing";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A link that leads nowhere, a file that is locked or not for us.
            return e.GetType().Name;
        }
    }
}
