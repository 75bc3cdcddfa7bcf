using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.TestChild.Verbs;

/// <summary>Sets RLIMIT_FSIZE, which the runtime would not start under, ignores SIGXFSZ, which would end it, then writes beyond it by the BCL and by UringFile, buffered and direct.</summary>
internal static partial class LimitFileSize
{
    private const int FileSize = 1;
    private const int FileSizeExceeded = 25;
    private const nint Ignore = 1;
    private const ulong Limit = 1 << 16;

    public static unsafe Task RunAsync(string[] arguments)
    {
        ulong* limits = stackalloc ulong[2] { Limit, Limit };
        return SetSignal(FileSizeExceeded, Ignore) == 0 && SetLimit(FileSize, limits) == 0
            ? WriteAsync(Path.Combine(arguments[0], "file"))
            : throw new InvalidOperationException("The limit could not be set.");
    }

    private static async Task WriteAsync(string path)
    {
        long offset = 1 << 20;
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();
        await Report.OutcomeAsync("bcl", async () =>
        {
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            await RandomAccess.WriteAsync(handle, block.Memory, offset);
        });
        await Report.OutcomeAsync("buffered", () => WriteAsync(isDirect: false));
        await Report.OutcomeAsync("direct", () => WriteAsync(isDirect: true));

        async Task WriteAsync(bool isDirect)
        {
            await using UringFile file = await UringFile.OpenAsync(path, FileMode.Create, FileAccess.Write, new UringFileOptions { Direct = isDirect });
            await file.WriteAsync(block.Memory, 0);
            await file.WriteAsync(block.Memory, offset);
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static unsafe partial int SetLimit(int resource, ulong* limits);
}
