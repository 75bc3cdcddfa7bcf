using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.TestChild.Verbs;

/// <summary>Holds a write lease on a file (fcntl(2), F_SETLEASE) until its standard input ends; whoever opens the file waits meanwhile.</summary>
internal static partial class HoldLease
{
    private const int SetLease = 1024;
    private const int WriteLease = 1;
    private const int NoLease = 2;
    private const int LeaseBreaks = 29;
    private const nint Ignore = 1;

    public static async Task RunAsync(string[] arguments)
    {
        using SafeFileHandle handle = File.OpenHandle(arguments[0], FileMode.Open, FileAccess.ReadWrite);
        SetSignal(LeaseBreaks, Ignore);
        Report.Line("held", Control(handle, SetLease, WriteLease) == 0);
        await Console.In.ReadToEndAsync();
        Report.Line("given up", Control(handle, SetLease, NoLease) == 0);
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle handle, int command, int argument);
}
