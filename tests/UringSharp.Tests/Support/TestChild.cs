using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UringSharp.Tests.Support;

/// <summary>UringSharp.TestChild run as a process of its own, maybe as somebody else or under a limit.</summary>
internal static class TestChild
{
    private const string Name = "UringSharp.TestChild.dll";

    // Copied, because another user may not be allowed to look into the repository.
    private static readonly Lazy<TempFolder> s_folder = new(static () => Copy());

    /// <summary>Starts a verb that goes on until it is killed.</summary>
    public static Process Start(params string[] verb) => Start(s_folder.Value, [], verb);

    /// <summary>Runs a verb as this user.</summary>
    public static Task<ChildResult> RunAsync(params string[] verb) => RunBehindAsync([], verb);

    /// <summary>Runs a verb as nobody, without capabilities; skips, aloud, where that is not possible.</summary>
    public static Task<ChildResult> RunAsNobodyAsync(params string[] verb) => RunAsNobodyBehindAsync([], verb);

    /// <summary>As <see cref="RunAsNobodyAsync"/>, started by a program that sets a limit first.</summary>
    public static Task<ChildResult> RunAsNobodyBehindAsync(string[] launcher, params string[] verb)
    {
        Skip.UnlessRoot("becoming another user");
        return RunBehindAsync([.. launcher, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs"], verb);
    }

    /// <summary>Runs a verb, started by another program.</summary>
    public static Task<ChildResult> RunBehindAsync(string[] launcher, params string[] verb) => RunInAsync(s_folder.Value, launcher, verb);

    /// <summary>Runs a verb where there is no liburingsharp.so, or another file in its place.</summary>
    public static async Task<ChildResult> RunWithLibraryAsync(string? library, params string[] verb)
    {
        using TempFolder folder = Copy();
        File.Delete(folder["liburingsharp.so"]);
        if (library is not null)
        {
            File.Copy(library, folder["liburingsharp.so"]);
        }

        return await RunInAsync(folder, [], verb);
    }

    public static void DeleteCopy()
    {
        if (s_folder.IsValueCreated)
        {
            s_folder.Value.Dispose();
        }
    }

    private static async Task<ChildResult> RunInAsync(TempFolder folder, string[] launcher, string[] verb)
    {
        using Process child = Start(folder, launcher, verb);
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        Task<string> errors = child.StandardError.ReadToEndAsync();
        try
        {
            await Eventually.Ends(child.WaitForExitAsync());
        }
        catch
        {
            child.Kill(entireProcessTree: true);
            await TestContext.Out.WriteLineAsync($"{string.Join(' ', verb)}\n{await output}\n{await errors}");
            throw;
        }

        return new ChildResult(child.ExitCode, await output, await errors);
    }

    private static Process Start(TempFolder folder, string[] launcher, string[] verb)
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        string[] command = [.. launcher, dotnet, folder[Name], .. verb];
        return NativeHelpers.Start(command[0], command[1..]);
    }

    private static TempFolder Copy()
    {
        const UnixFileMode everyoneReads = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode everyoneEnters = everyoneReads | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        TempFolder folder = new();
        File.SetUnixFileMode(folder.FullPath, everyoneEnters);
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(NativeHelpers.Recorded("TestChild"))!))
        {
            string copy = folder[Path.GetFileName(file)];
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, everyoneReads);
        }

        return folder;
    }
}
