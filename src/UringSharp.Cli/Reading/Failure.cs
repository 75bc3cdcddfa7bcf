using System.Runtime.InteropServices;
using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Reading;

/// <summary>What went wrong, in the words of the C library, as every other tool of the shell says it.</summary>
internal static class Failure
{
    internal static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    internal static string Text(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Text(LibC.ENOENT),
        UnauthorizedAccessException { InnerException: IOException { HResult: > 0 } inner } => Text(inner.HResult),
        IOException { HResult: > 0 and < 4096 } => Text(exception.HResult),
        _ => exception.Message,
    };

    /// <summary>Whether this is an answer to report, rather than a mistake in this program.</summary>
    internal static bool IsExpected(Exception exception) => exception is IOException or UnauthorizedAccessException or NotSupportedException;
}
