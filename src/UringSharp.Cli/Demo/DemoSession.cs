using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Demo;

/// <summary>What the steps of one demo share.</summary>
internal sealed class DemoSession(DemoPlan plan, Report report, ScratchPlace place, Scratch scratch, CancellationToken cancellationToken)
{
    private DemoFile? _file;

    internal DemoPlan Plan => plan;

    internal Report Report => report;

    internal ScratchPlace Place => place;

    internal Scratch Scratch => scratch;

    /// <summary>Cancelled by Ctrl-C.</summary>
    internal CancellationToken CancellationToken => cancellationToken;

    /// <summary>The large file, made when first needed.</summary>
    internal DemoFile File => _file ??= report.Track(
        $"writing a file of {Figures.Mebibytes(plan.FileLength)}",
        progress => DemoFile.Create(Path.Combine(scratch.Folder, "file"), plan.FileLength, progress, cancellationToken));
}
