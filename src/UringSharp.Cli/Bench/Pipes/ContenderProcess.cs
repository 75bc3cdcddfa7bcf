using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using UringSharp.Cli.Bench.Contenders;
using UringSharp.Cli.Bench.Measuring;
using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>
/// A contender in a process of its own, from the first lap to the last: the threads that FileStream leaves behind, and the memory, are not another's. The
/// process ends when its standard input closes.
/// </summary>
internal sealed class ContenderProcess : IContender, IDisposable
{
    /// <summary>What the process answers when there is nothing else to say.</summary>
    internal const string Ready = "ready";

    /// <summary>Tells it to prepare a lap.</summary>
    internal const string PrepareRequest = "prepare";

    /// <summary>Stands before the reason why it cannot go on.</summary>
    internal const string Failed = "failed: ";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_leaveLimit = TimeSpan.FromSeconds(5);

    private readonly ContenderPlan _plan;
    private readonly Process _process;

    internal ContenderProcess(BenchSession session, ContenderPlan plan)
    {
        _plan = plan;
        Directory.CreateDirectory(plan.Folder);

        _process = session.Places.Start(Info(
            Commands.BenchContenderCommand.CommandName, JsonSerializer.Serialize(plan, ContenderJson.Default.ContenderPlan)));
        try
        {
            Expect(Receive(session.CancellationToken));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => _plan.Contender;

    // The tool beside this assembly, whoever runs the benchmark; where NuGet has installed it, it is this program and lies elsewhere.
    private static ProcessStartInfo Info(params string[] arguments)
    {
        string uring = Path.Combine(AppContext.BaseDirectory, "uring");
        return File.Exists(uring)
            ? new ProcessStartInfo(uring, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true }
            : ChildProcess.Info(arguments);
    }

    /// <inheritdoc/>
    public void Prepare() => Expect(Ask(PrepareRequest, CancellationToken.None));

    /// <inheritdoc/>
    public Lap Run(TimeSpan length, CancellationToken cancellationToken)
    {
        string answer = Ask(string.Create(CultureInfo.InvariantCulture, $"{length.TotalMilliseconds:0}"), cancellationToken);
        return JsonSerializer.Deserialize(answer, ContenderJson.Default.Lap) ?? throw Unexpected(answer);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended by itself.
        }

        if (!_process.WaitForExit(s_leaveLimit))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    private string Ask(string request, CancellationToken cancellationToken)
    {
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
        return Receive(cancellationToken);
    }

    private string Receive(CancellationToken cancellationToken)
    {
        Task<string?> answer = _process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask();
        if (!Waiting.Ends(answer, s_limit, cancellationToken))
        {
            throw new RowSkippedException($"{Name} has not answered for {Figures.Seconds(s_limit)}");
        }

        string line = answer.Result ?? throw new RowSkippedException($"{Name} has ended before its time");
        return line.StartsWith(Failed, StringComparison.Ordinal) ? throw new RowSkippedException($"{Name}: {line[Failed.Length..]}") : line;
    }

    private void Expect(string answer)
    {
        if (answer != Ready)
        {
            throw Unexpected(answer);
        }
    }

    private RowSkippedException Unexpected(string answer) => new($"{Name} has answered '{answer}'");
}
