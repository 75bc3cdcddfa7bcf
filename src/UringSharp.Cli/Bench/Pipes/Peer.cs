using System.Diagnostics;
using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>
/// The other side of pipes: a program in plain C, the same one for every contender. It ends with the thread that has started it, which is the main thread of the
/// contender's process.
/// </summary>
internal sealed class Peer : IDisposable
{
    private const string Program = "uring-ceiling";

    private readonly Process _process;

    internal Peer(PipeSite site, string work, params string[] settings)
    {
        if (!CeilingContender.IsInstalled)
        {
            throw new RowSkippedException($"the other side of its pipes is {Program}, which is not beside this program: build the tool from its sources");
        }

        ProcessStartInfo info = new(Path.Combine(AppContext.BaseDirectory, Program), [work, site.Folder, .. settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(info) ?? throw new InvalidOperationException("The process was not started.");
    }

    /// <summary>Waits until it has opened everything, or has stopped.</summary>
    internal void AwaitReady()
    {
        if (_process.StandardOutput.ReadLine() is null)
        {
            throw new RowSkippedException($"{Program} has ended before its time");
        }
    }

    /// <summary>Tells it to begin, or to stop.</summary>
    internal void Tell()
    {
        _process.StandardInput.Write('.');
        _process.StandardInput.Flush();
    }

    /// <summary>Ends it, and waits for that.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
