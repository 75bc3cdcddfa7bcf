using System.Diagnostics;
using System.Globalization;

namespace UringSharp.Tests.Support;

/// <summary>
/// A mounted file system whose server, a process of ours (tests/native/child-fuse.c), can be made to hang or to fail. It holds the files <see cref="One"/> and
/// <see cref="Two"/>, 1 MiB of zeros each. Skips the test, aloud, where FUSE cannot be mounted.
/// </summary>
internal sealed class FuseFolder : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Process _server;

    private FuseFolder()
    {
        ProcessStartInfo info = new(Path.Combine(NativeHelpers.Recorded("NativeDirectory"), "child-fuse"), [_folder.FullPath])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _server = Process.Start(info)!;
    }

    public string One => _folder["one"];

    public string Two => _folder["two"];

    public static FuseFolder Mount()
    {
        Skip.UnlessRoot("mounting");
        FuseFolder folder = new();
        string? line = folder._server.StandardOutput.ReadLine();
        if (line != "ready")
        {
            string reason = folder._server.StandardError.ReadToEnd().Trim();
            folder.Dispose();
            Skip.Aloud($"FUSE cannot be mounted: {reason}");
        }

        return folder;
    }

    /// <summary>The server answers nothing from now on.</summary>
    public void Stall() => Command("stall");

    /// <summary>The server answers what has come meanwhile, and all that comes.</summary>
    public void Resume() => Command("go");

    /// <summary>Reads, writes and flushes fail with this errno; 0 ends that.</summary>
    public void Fail(int errno) => Command(string.Create(CultureInfo.InvariantCulture, $"fail {errno}"));

    /// <summary>How many requests to bring a file to the disk the server has answered.</summary>
    public int CountSyncs()
    {
        string answer = Ask("count");
        return int.Parse(answer.AsSpan("count ".Length), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _server.StandardInput.Close();
        _server.WaitForExit();
        _server.Dispose();
        using (Process umount = NativeHelpers.Start("umount", "--lazy", _folder.FullPath))
        {
            umount.WaitForExit();
        }

        _folder.Dispose();
    }

    private void Command(string command) => Ask(command).Should().Be(command);

    private string Ask(string command)
    {
        _server.StandardInput.Write(command + "\n");
        _server.StandardInput.Flush();
        return _server.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The server has ended: {_server.StandardError.ReadToEnd()}");
    }
}
