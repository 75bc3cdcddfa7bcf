using System.Diagnostics;
using System.Runtime.InteropServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Packages;

/// <summary>
/// A folder outside the repository, where a stranger makes projects with the SDK and the packages alone: the search path has the commands dotnet and chmod
/// and nothing else, so no compiler.
/// </summary>
internal sealed class FreshFolder : IDisposable
{
    /// <summary>A build, on a machine that does other things.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(8);

    private readonly TempFolder _folder = new();

    /// <param name="usesOtherSources">Whether the sources of the user are asked too; otherwise the folder of the packages is the only one.</param>
    public FreshFolder(bool usesOtherSources = false)
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        Directory.CreateDirectory(_folder["bin"]);
        File.CreateSymbolicLink(_folder["bin/dotnet"], dotnet);
        // By which the SDK makes the program of an installed tool executable.
        File.CreateSymbolicLink(_folder["bin/chmod"], "/bin/chmod");

        // Restored packages are kept from run to run, but not those under test: a new one has the same version.
        string restored = Path.Combine(NativeHelpers.Recorded("RepositoryRoot"), "artifacts", "package-test");
        Directory.CreateDirectory(restored);
        foreach (string old in Directory.GetDirectories(restored, "uringsharp*"))
        {
            Directory.Delete(old, recursive: true);
        }

        string shared = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(shared);
        File.WriteAllText(_folder["NuGet.config"], $"""
            <configuration>
              <packageSources>{(usesOtherSources ? string.Empty : "<clear />")}<add key="uringsharp" value="{PackedFiles.Folder}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="shared" value="{shared}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="{restored}" /></config>
            </configuration>
            """);
    }

    /// <summary>A path inside it.</summary>
    public string this[string name] => _folder[name];

    public void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], content);
    }

    /// <summary>Starts a program here.</summary>
    public Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments) { WorkingDirectory = _folder.FullPath, RedirectStandardOutput = true, RedirectStandardError = true };
        // What the host of the tests tells its own children is not for these.
        foreach (string name in info.Environment.Keys.Where(static name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("VSTEST", StringComparison.Ordinal) || name is "NUGET_PACKAGES" or "DOTNET_HOST_PATH").ToArray())
        {
            info.Environment.Remove(name);
        }

        info.Environment["PATH"] = _folder["bin"];
        info.Environment["DOTNET_NOLOGO"] = "1";
        info.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // Nothing outlives the command.
        info.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        info.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        info.Environment["UseSharedCompilation"] = "false";
        return Process.Start(info)!;
    }

    /// <summary>Runs a program here to its end.</summary>
    public async Task<ChildResult> RunAsync(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await Eventually.Ends(process.WaitForExitAsync(), s_patience);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new ChildResult(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs the command dotnet here, which has to succeed.</summary>
    public async Task<ChildResult> DotnetAsync(params string[] arguments) => (await RunAsync(_folder["bin/dotnet"], arguments)).ShouldHaveSucceeded();

    public void Dispose() => _folder.Dispose();
}
