using System.Diagnostics;

namespace UringSharp.Tests.Support;

/// <summary>A file system mounted for a test. Skips the test, aloud, where that is not possible.</summary>
internal sealed class MountedFolder : IDisposable
{
    private readonly TempFolder _parent = new();

    private MountedFolder() => Directory.CreateDirectory(FullPath);

    public string FullPath => _parent["mount"];

    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>A tmpfs of a given size.</summary>
    public static MountedFolder Tmpfs(string size, string options = "") =>
        Mounted(_ => ["-t", "tmpfs", "-o", $"size={size},mode=0777{options}", "tmpfs"]);

    /// <summary>An overlay, the root of every container, over a folder that may be filled before.</summary>
    public static MountedFolder Overlay(Action<string>? fillLower = null) => Mounted(folder =>
    {
        string[] layers = [folder._parent["lower"], folder._parent["upper"], folder._parent["work"]];
        Array.ForEach(layers, layer => Directory.CreateDirectory(layer));
        fillLower?.Invoke(layers[0]);
        return ["-t", "overlay", "-o", $"lowerdir={layers[0]},upperdir={layers[1]},workdir={layers[2]}", "overlay"];
    });

    /// <summary>A small ext4 in a file.</summary>
    public static MountedFolder Ext4(int megabytes) => Mounted(folder =>
    {
        string image = folder._parent["image"];
        using (FileStream file = File.Create(image))
        {
            file.SetLength(megabytes << 20);
        }

        Run("mkfs.ext4", "-q", "-F", image);
        return ["-o", "loop", image];
    });

    /// <summary>Stops writing to it.</summary>
    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", FullPath);

    public void Dispose()
    {
        // Descriptors of a test that failed may hold it: a lazy unmount keeps the failure readable.
        using (Process umount = NativeHelpers.Start("umount", "--lazy", FullPath))
        {
            umount.WaitForExit();
        }

        _parent.Dispose();
    }

    private static MountedFolder Mounted(Func<MountedFolder, string[]> arguments)
    {
        Skip.UnlessRoot("mounting");
        MountedFolder folder = new();
        try
        {
            Run("mount", [.. arguments(folder), folder.FullPath]);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = NativeHelpers.Start(program, arguments);
        string output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            Skip.Aloud($"{program} {string.Join(' ', arguments)}: {output.Trim()}");
        }
    }
}
