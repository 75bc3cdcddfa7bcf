using System.Runtime.InteropServices;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Commands;

/// <summary>uring info: what this machine offers.</summary>
internal sealed class InfoCommand : UringCommand
{
    internal InfoCommand()
        : base("info", "Says whether io_uring works here, and why not and what helps where it does not.\n"
            + "Lists what this kernel offers, the library's defaults, and the limits that matter.") =>
        SetAction(static _ => Run(Report.ForStandardOutput()));

    /// <inheritdoc/>
    internal override string Synopsis => string.Empty;

    /// <inheritdoc/>
    internal override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("uring info", "everything"),
        ("uring info >/dev/null && echo works", "ask from a script"),
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(int Code, string Meaning)> ExitCodes =>
    [
        (ExitCode.Success, "io_uring is available"),
        (ExitCode.Failure, "it is not; the first line says why, and what helps"),
        (ExitCode.Usage, "the command line is wrong"),
    ];

    private static int Run(Report report)
    {
        UringSupport support = UringSupport.Current;
        report.Claim(support.IsAvailable, support.IsAvailable ? "io_uring is available." : $"io_uring is not available. {support.UnavailableReason} Until then the portable backend takes its place.");

        UringOptions defaults = new();
        report.Heading("This machine");
        report.Table([],
        [
            ["kernel", $"Linux {KernelRelease()}, {RuntimeInformation.ProcessArchitecture}"],
            ["processors", Figures.Count(Environment.ProcessorCount)],
            ["runtime", RuntimeInformation.FrameworkDescription],
        ]);

        report.Heading("What the kernel offers");
        report.Table(["", "feature", "since", "needed", "what it is"],
            [.. KernelFeatures.All.Select(feature => Row(feature, support.Supports(feature.Feature)))]);

        report.Heading("A context's defaults");
        report.Table([],
        [
            ["backend", Backend(support)],
            ["rings", $"{Figures.Count(defaults.RingCount)} (one for every eight processors, 1 to 8)"],
            ["queue depth", $"{Figures.Count(defaults.QueueDepth)} submissions a ring"],
            ["continuations", defaults.Continuations.ToString()],
        ]);

        report.Heading("Limits");
        report.Table([], [.. SystemLimits.Describe().Select(static limit => (string[])[limit.Name, limit.Value])]);
        return support.IsAvailable ? ExitCode.Success : ExitCode.Failure;
    }

    private static string Backend(UringSupport support)
    {
        if (Environment.GetEnvironmentVariable("URINGSHARP_BACKEND") is { Length: > 0 } named)
        {
            return $"{named} (the environment variable URINGSHARP_BACKEND)";
        }

        return support.IsAvailable ? "io_uring" : "portable: epoll, and the thread pool for files";
    }

    private static string[] Row(KernelFeature feature, bool isThere) =>
        [isThere ? "yes" : "no", feature.Feature.ToString(), $"Linux {feature.Since}", feature.IsRequired ? "required" : "optional", feature.Meaning];

    private static string KernelRelease()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/osrelease").TrimEnd();
        }
        catch (IOException)
        {
            return UringSupport.Current.KernelVersion.ToString();
        }
    }
}
