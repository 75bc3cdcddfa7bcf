using System.Diagnostics;
using UringSharp.Tests.Files;

namespace UringSharp.Tests.Support;

/// <summary>A block device over a file. Skips the test, aloud, where that is not possible.</summary>
internal sealed class LoopDevice : IDisposable
{
    private readonly TempFolder _folder;

    private LoopDevice(TempFolder folder, string path)
    {
        _folder = folder;
        Path = path;
    }

    public string Path { get; }

    public static LoopDevice Create(FileContent content, int megabytes)
    {
        Skip.UnlessRoot("a loop device");
        TempFolder folder = new();
        content.Write(folder["image"], (long)megabytes << 20);
        using Process losetup = NativeHelpers.Start("losetup", "--find", "--show", folder["image"]);
        string path = losetup.StandardOutput.ReadToEnd().Trim();
        losetup.WaitForExit();
        if (losetup.ExitCode != 0)
        {
            folder.Dispose();
            Skip.Aloud($"losetup: {losetup.StandardError.ReadToEnd().Trim()}");
        }

        return new LoopDevice(folder, path);
    }

    public void Dispose()
    {
        using (Process losetup = NativeHelpers.Start("losetup", "--detach", Path))
        {
            losetup.WaitForExit();
        }

        _folder.Dispose();
    }
}
