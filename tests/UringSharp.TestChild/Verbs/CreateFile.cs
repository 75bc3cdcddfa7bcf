using Microsoft.Win32.SafeHandles;

namespace UringSharp.TestChild.Verbs;

/// <summary>Creates one file as FileStream does and one through UringFile, under the umask it was started with.</summary>
internal static class CreateFile
{
    public static async Task RunAsync(string[] arguments)
    {
        using SafeFileHandle handle = File.OpenHandle(arguments[0], FileMode.CreateNew, FileAccess.Write);
        await using UringFile file = await UringFile.OpenAsync(arguments[1], FileMode.CreateNew, FileAccess.Write);
        Report.Line("expected", File.GetUnixFileMode(arguments[0]));
        Report.Line("actual", File.GetUnixFileMode(arguments[1]));
    }
}
