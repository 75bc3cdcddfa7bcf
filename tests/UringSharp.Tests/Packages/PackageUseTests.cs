using System.Diagnostics;
using System.Text.RegularExpressions;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Packages;

/// <summary>What somebody does with the packages who has the SDK and nothing else.</summary>
[Category("Package")]
[NonParallelizable]
public sealed partial class PackageUseTests
{
    private const string ReadsPipeUnderToken = """
        using System.Text;
        using UringSharp;

        using var stop = new CancellationTokenSource();
        await using UringPipeStream pipe = await NamedPipe.OpenReadAsync(args[0]);
        byte[] buffer = new byte[64];
        Console.WriteLine(Encoding.UTF8.GetString(buffer, 0, await pipe.ReadAsync(buffer, stop.Token)));
        stop.CancelAfter(100);
        try { _ = await pipe.ReadAsync(buffer, stop.Token); }
        catch (OperationCanceledException) { Console.WriteLine("cancelled"); }
        """;

    private const string ServesFileAndPipe = """
        using UringSharp;

        WebApplication app = WebApplication.CreateBuilder(args).Build();
        app.MapGet("/file", async (string path, CancellationToken aborted) => Results.Bytes(await UringFileSystem.ReadAllBytesAsync(path, aborted)));
        app.MapGet("/pipe", async (string path, CancellationToken aborted) =>
        {
            await using UringPipeStream pipe = await NamedPipe.OpenReadAsync(path, cancellationToken: aborted);
            using StreamReader reader = new(pipe);
            return await reader.ReadLineAsync(aborted);
        });
        app.Run("http://127.0.0.1:0");
        """;

    private const string UsesEveryPart = """
        using UringSharp;

        Console.WriteLine($"bytes: {(await UringFileSystem.ReadAllBytesAsync(args[0])).Length}");
        Console.WriteLine($"length: {UringLoop.Run(async () =>
        {
            await using UringFileStream file = await UringFileStream.OpenAsync(args[0], new FileStreamOptions());
            return file.Length;
        })}");
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
        await writer.WriteAsync("through"u8.ToArray());
        Console.WriteLine($"pipe: {await reader.ReadAsync(new byte[64])}");
        using var stop = new CancellationTokenSource(100);
        try { _ = await reader.ReadAsync(new byte[1], stop.Token); }
        catch (OperationCanceledException) { Console.WriteLine("read: cancelled"); }
        await using UringFile direct = await UringFile.OpenAsync(args[0], FileMode.Open, FileAccess.Read);
        Console.WriteLine($"file: {await direct.ReadAsync(new byte[4096], 0)}, {UringSupport.Current.KernelVersion}, {UringContext.Default.GetStatistics().Submissions >= 0}");
        """;

    private static readonly byte[] s_content = "what is in the file"u8.ToArray();

    [Test]
    public async Task A_fresh_console_project_reads_a_pipe_under_a_token_in_ten_lines()
    {
        ReadsPipeUnderToken.Split('\n').Length.Should().BeLessThanOrEqualTo(10);
        using FreshFolder folder = new();
        NamedPipe.Create(folder["fifo"]);

        await folder.DotnetAsync("new", "console", "--no-restore", "-o", "reader");
        await folder.DotnetAsync("add", "reader", "package", "UringSharp");
        folder.Write("reader/Program.cs", ReadsPipeUnderToken);
        // Held open, so that the pipe has a writer until the token ends the wait.
        await using FileStream writer = new(folder["fifo"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        await writer.WriteAsync("through the pipe"u8.ToArray());
        ChildResult run = await folder.DotnetAsync("run", "--project", "reader", "--", folder["fifo"]);

        run.Output.Should().Be("through the pipe\ncancelled\n");
        run.Errors.Should().BeEmpty();
    }

    [Test]
    public async Task A_fresh_web_project_serves_a_file_and_a_pipe_and_leaves_nothing_of_a_request_that_is_aborted()
    {
        using FreshFolder folder = new();
        folder.Write("file", "what is in the file");
        NamedPipe.Create(folder["fifo"]);
        folder.Write("web/web.csproj", Project("Microsoft.NET.Sdk.Web"));
        folder.Write("web/Program.cs", ServesFileAndPipe);
        await folder.DotnetAsync("build", "web", "-warnaserror");

        using Process server = folder.Start(folder["bin/dotnet"], folder["web/bin/Debug/net10.0/web.dll"]);
        try
        {
            using HttpClient client = new() { BaseAddress = await Eventually.Ends(AddressOf(server)), Timeout = Eventually.Deadline };
            (await client.GetByteArrayAsync("/file?path=" + folder["file"])).Should().Equal(s_content);

            await using (FileStream writer = new(folder["fifo"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0))
            {
                await writer.WriteAsync("a line\n"u8.ToArray());
                (await client.GetStringAsync("/pipe?path=" + folder["fifo"])).Should().Be("a line");
            }

            using CancellationTokenSource abort = new();
            Task<string> aborted = client.GetStringAsync("/pipe?path=" + folder["fifo"], abort.Token);
            await Eventually.Holds(() => OpenDescriptors.Of(folder["fifo"], server.Id) > 0, static () => "the server has not opened the pipe");
            await abort.CancelAsync();
            await Eventually.Holds(() => OpenDescriptors.Of(folder["fifo"], server.Id) == 0, static () => "the server still has the pipe open");
            await ((Func<Task>)(() => aborted)).Should().ThrowAsync<OperationCanceledException>();
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    [Test]
    public async Task A_trimmed_program_of_its_own_runs_and_trimming_warns_of_nothing()
    {
        // The runtime and the trimmer come from the SDK's own source.
        using FreshFolder folder = new(usesOtherSources: true);
        folder.Write("file", "what is in the file");
        folder.Write("trimmed/trimmed.csproj", Project(
            "Microsoft.NET.Sdk",
            """
            <OutputType>Exe</OutputType>
            <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
            <PublishTrimmed>true</PublishTrimmed>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <DisableTransitiveFrameworkReferenceDownloads>true</DisableTransitiveFrameworkReferenceDownloads>
            """,
            // Kept whole, so that all of it is looked at and not only what the program uses.
            """<TrimmerRootAssembly Include="UringSharp" />"""));
        folder.Write("trimmed/Program.cs", UsesEveryPart);

        await folder.DotnetAsync("publish", "trimmed", "-o", folder["published"], "-p:NuGetAudit=false");
        File.Exists(folder["published/liburingsharp.so"]).Should().BeTrue();
        ChildResult run = (await folder.RunAsync(folder["published/trimmed"], folder["file"])).ShouldHaveSucceeded();

        run["bytes"].Should().Be("19");
        run["length"].Should().Be("19");
        run["pipe"].Should().Be("7");
        run["read"].Should().Be("cancelled");
        run["file"].Should().StartWith("19, ").And.EndWith(", True");
    }

    [Test]
    public async Task The_tool_is_installed_and_run_by_its_name()
    {
        using FreshFolder folder = new();

        await folder.DotnetAsync("tool", "install", "UringSharp.Tool", "--tool-path", folder["tools"]);
        ChildResult version = (await folder.RunAsync(folder["tools/uring"], "--version")).ShouldHaveSucceeded();
        ChildResult info = (await folder.RunAsync(folder["tools/uring"], "info")).ShouldHaveSucceeded();

        version.Output.Should().StartWith(PackedFiles.Version + "+");
        info.Output.Should().Contain("io_uring is available");
    }

    private static string Project(string sdk, string properties = "", string items = "") => $"""
        <Project Sdk="{sdk}">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="UringSharp" Version="{PackedFiles.Version}" />
            {items}
          </ItemGroup>
        </Project>
        """;

    private static async Task<Uri> AddressOf(Process server)
    {
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Address().Match(line) is { Success: true } match)
            {
                // Read on, so that the server's log never fills the pipe.
                _ = server.StandardOutput.ReadToEndAsync();
                return new Uri(match.Value);
            }
        }

        throw new AssertionException($"The server has ended: {await server.StandardError.ReadToEndAsync()}");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
