using System.Diagnostics;
using System.Runtime.InteropServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>A process that holds a write lease on a file: every open of it waits, without O_NONBLOCK, for up to /proc/sys/fs/lease-break-time seconds.</summary>
internal sealed class LeaseHolder : IAsyncDisposable
{
    private readonly Process _process;

    private LeaseHolder(Process process) => _process = process;

    public static async Task<LeaseHolder> StartAsync(string path)
    {
        ProcessStartInfo info = new(Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet")))
        {
            ArgumentList = { NativeHelpers.Recorded("TestChild") + ".dll", "hold-lease", path },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(info)!;
        string? answer = await Eventually.Ends(process.StandardOutput.ReadLineAsync());
        if (answer != "held: True")
        {
            Skip.Aloud("the file system gives no leases");
        }

        return new LeaseHolder(process);
    }

    public async Task GiveUpAsync()
    {
        _process.StandardInput.Close();
        await Eventually.Ends(_process.WaitForExitAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
