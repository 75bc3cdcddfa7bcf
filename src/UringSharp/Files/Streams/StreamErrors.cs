namespace UringSharp.Files.Streams;

/// <summary>Exceptions in FileStream's words.</summary>
internal static class StreamErrors
{
    internal static ObjectDisposedException Closed() => new(null, "Cannot access a closed file.");

    internal static NotSupportedException Unseekable() => new("Stream does not support seeking.");

    internal static NotSupportedException Unreadable() => new("Stream does not support reading.");

    internal static NotSupportedException Unwritable() => new("Stream does not support writing.");

    internal static ArgumentOutOfRangeException Negative(string argument) => new(argument, "Non-negative number required.");
}
