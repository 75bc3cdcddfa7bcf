using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Tests.Support;

/// <summary>
/// A FUSE file system whose server never answers: whoever asks it waits, until it is disposed; then all that waited ends with ENOTCONN. Skips the test, aloud, where it
/// cannot be mounted.
/// </summary>
internal sealed partial class HungFolder : IDisposable
{
    private const int Detach = 2;

    private readonly TempFolder _parent = new();
    private readonly SafeFileHandle _server;

    public HungFolder()
    {
        Skip.UnlessRoot("mounting");
        Directory.CreateDirectory(FullPath);
        if (!Path.Exists("/dev/fuse"))
        {
            _parent.Dispose();
            Skip.Aloud("there is no /dev/fuse");
        }

        _server = Libc.Open("/dev/fuse", Libc.ReadWrite);
        string options = string.Create(CultureInfo.InvariantCulture, $"fd={_server.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0");
        if (Mount("uringsharp-test", FullPath, "fuse", 0, options) != 0)
        {
            string why = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            _server.Dispose();
            _parent.Dispose();
            Skip.Aloud($"mounting a FUSE file system: {why}");
        }
    }

    public string FullPath => _parent["hung"];

    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>Ends all that waits, with ENOTCONN.</summary>
    public void LetGo() => _server.Dispose();

    public void Dispose()
    {
        LetGo();
        _ = Unmount(FullPath, Detach);
        _parent.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Mount(string source, string target, string type, nuint flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
