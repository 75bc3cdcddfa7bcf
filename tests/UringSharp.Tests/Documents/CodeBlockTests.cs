using System.Diagnostics;
using System.Runtime.InteropServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Documents;

/// <summary>The programs in the documents do what the text beside them says.</summary>
public sealed class CodeBlockTests
{
    private const string RuntimeConfiguration = """{"runtimeOptions":{"tfm":"net10.0","framework":{"name":"FRAMEWORK","version":"10.0.0"},"configProperties":{"System.Globalization.Invariant":true}}}""";

    // The runtime's start alone takes seconds on a machine that builds other things.
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private static IEnumerable<TestCaseData> Blocks => CodeBlock.All().Select(static block => new TestCaseData(block).SetArgDisplayNames(block.ToString()));

    [TestCaseSource(nameof(Blocks))]
    public async Task Compiles_and_runs_and_prints_what_is_promised(object of)
    {
        var block = (CodeBlock)of;
        using TempFolder folder = DiskFolder.Create(); // direct I/O is among what they do
        string program = Directory.CreateDirectory(folder["program"]).FullName;
        if (block.IsOfWeb && !Directory.Exists(BlockCompiler.WebFramework))
        {
            Skip.Aloud("ASP.NET Core is not installed");
        }

        BlockCompiler.Compile(InFolder(block.Text), program, block.IsOfWeb).Should().BeEmpty();
        if (block.NotRun is not null)
        {
            return;
        }

        foreach (string command in block.Of("before"))
        {
            (await RunAsync("/bin/sh", "-c", InFolder(command))).ShouldHaveSucceeded();
        }

        Process[] beside = [.. block.Of("beside").Select(command => Start("/bin/sh", "-c", InFolder(command)))];
        try
        {
            await File.WriteAllTextAsync(Path.Combine(program, BlockCompiler.ProgramName + ".runtimeconfig.json"),
                RuntimeConfiguration.Replace("FRAMEWORK", block.IsOfWeb ? "Microsoft.AspNetCore.App" : "Microsoft.NETCore.App", StringComparison.Ordinal));
            string[] libraries = [Path.Combine(AppContext.BaseDirectory, "UringSharp.dll"), Path.Combine(AppContext.BaseDirectory, "liburingsharp.so"), NativeHelpers.Recorded("Extensions")];
            foreach (string library in libraries)
            {
                File.CreateSymbolicLink(Path.Combine(program, Path.GetFileName(library)), library);
            }

            string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
            ChildResult result = (await RunAsync(dotnet, Path.Combine(program, BlockCompiler.ProgramName + ".dll"))).ShouldHaveSucceeded();
            result.Errors.Should().BeEmpty();
            foreach (string text in block.Of("expect"))
            {
                result.Output.Should().Contain(InFolder(text));
            }
        }
        finally
        {
            foreach (Process process in beside)
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                    await process.WaitForExitAsync();
                }

                process.Dispose();
            }
        }

        string InFolder(string text) => text.Replace("/tmp/", folder.FullPath + "/", StringComparison.Ordinal);

        async Task<ChildResult> RunAsync(string name, params string[] arguments)
        {
            using Process process = Start(name, arguments);
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            try
            {
                await Eventually.Ends(process.WaitForExitAsync(), s_deadline);
            }
            catch
            {
                process.Kill(entireProcessTree: true);
                await TestContext.Out.WriteLineAsync($"{await output}\n{await errors}");
                throw;
            }

            return new ChildResult(process.ExitCode, await output, await errors);
        }

        Process Start(string name, params string[] arguments)
        {
            ProcessStartInfo info = new(name, arguments) { WorkingDirectory = folder.FullPath, RedirectStandardOutput = true, RedirectStandardError = true };

            // These programs are short: what the runtime prepares for long ones costs more than it saves.
            info.Environment["DOTNET_TieredPGO"] = "0";
            return Process.Start(info)!;
        }
    }

    [Test]
    public void A_program_that_is_not_run_is_the_exception()
    {
        CodeBlock[] all = [.. CodeBlock.All()];

        all.Should().HaveCountGreaterThan(8, "else the documents are not found");
        all.Count(static block => block.NotRun is not null).Should().BeLessThan(all.Length / 5);
        all.SelectMany(static block => block.Notes).Where(static note => note.Length > 0)
            .Should().OnlyContain(static note => note.Contains(": ", StringComparison.Ordinal), "a note that says nothing to this test is a mistake");
    }
}
