using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Cli;

/// <summary>The command-line tool, run as the process a user runs.</summary>
internal sealed class UringProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    private UringProcess(ProcessStartInfo info)
    {
        info.RedirectStandardInput = true;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        _process = Process.Start(info)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Where the tool is.</summary>
    public static string Program => NativeHelpers.Recorded("Uring");

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>What it writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>What it reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Starts the tool.</summary>
    public static UringProcess Start(params string[] arguments) => new(new ProcessStartInfo(Program, arguments));

    /// <summary>Starts a shell line in a folder; $U in it is the tool.</summary>
    public static UringProcess StartShell(string folder, string line)
    {
        ProcessStartInfo info = new("/bin/sh", ["-c", line]) { WorkingDirectory = folder };
        info.Environment["U"] = Program;
        return new UringProcess(info);
    }

    /// <summary>Runs the tool, without input, to its end.</summary>
    public static async Task<UringResult> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        process.Input.Close();
        return await process.EndAsync().ConfigureAwait(false);
    }

    /// <summary>Runs a shell line in a folder to its end; $U in it is the tool.</summary>
    public static async Task<UringResult> RunShellAsync(string folder, string line)
    {
        using var process = StartShell(folder, line);
        process.Input.Close();
        return await process.EndAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a signal by its name: INT, TERM. Skips the test where this process was started with SIGINT ignored, as a shell's background job is: those it
    /// starts ignore it as well.
    /// </summary>
    public void Signal(string name)
    {
        if (name == "INT" && IgnoresInterrupts())
        {
            Assert.Ignore("SIGINT is ignored by this process and those it starts.");
        }

        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -s {name} {_process.Id}")]);
        kill.WaitForExit();
    }

    /// <summary>Children of the tool that still run.</summary>
    public IReadOnlyList<string> Children() =>
        [.. File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Reads what is left of its output, and waits for its end.</summary>
    public async Task<UringResult> EndAsync()
    {
        using MemoryStream output = new();
        await Eventually.Ends(Output.CopyToAsync(output)).ConfigureAwait(false);
        return await EndWithoutOutputAsync(output.ToArray()).ConfigureAwait(false);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<UringResult> EndWithoutOutputAsync(byte[]? output = null)
    {
        string error = await Eventually.Ends(_error).ConfigureAwait(false);
        await Eventually.Ends(_process.WaitForExitAsync()).ConfigureAwait(false);
        return new UringResult(_process.ExitCode, output ?? [], error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static bool IgnoresInterrupts()
    {
        const string field = "SigIgn:";
        string mask = File.ReadLines("/proc/self/status").First(static line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..];
        return (ulong.Parse(mask.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 0b10) != 0;
    }
}
