using UringSharp.Cli.Demo;
using UringSharp.Cli.Reporting;

namespace UringSharp.Cli.Bench;

/// <summary>What the rows of one benchmark share: its plan, and files that are made when first needed.</summary>
internal sealed class BenchSession(BenchPlan plan, Report report, BenchPlaces places, CancellationToken cancellationToken)
{
    private const long SpaceToLeave = 64 << 20;

    private DataFile? _readFile;
    private DataFile? _writeFile;
    private DataFile? _memoryFile;
    private SmallFiles? _smallFiles;

    internal BenchPlan Plan => plan;

    internal Report Report => report;

    internal BenchPlaces Places => places;

    /// <summary>Cancelled by Ctrl-C.</summary>
    internal CancellationToken CancellationToken => cancellationToken;

    /// <summary>A large file on the disk, for reading. It lies where an overlay can be put over it.</summary>
    internal DataFile ReadFile => _readFile ??= Create(places.Lower, "read");

    /// <summary>A large file on the disk, for writing at positions.</summary>
    internal DataFile WriteFile => _writeFile ??= Create(places.Disk, "write");

    /// <summary>A large file in memory.</summary>
    internal DataFile MemoryFile => _memoryFile ??= Create(places.Memory, "memory");

    /// <summary><see cref="ReadFile"/> seen through an overlay.</summary>
    internal DataFile OverlayFile => ReadFile with { Path = Path.Combine(places.Overlay, Path.GetFileName(ReadFile.Path)) };

    /// <summary>A folder of small files.</summary>
    internal SmallFiles SmallFiles => _smallFiles ??= CreateSmallFiles();

    /// <summary>Skips the row where the disk cannot do direct I/O.</summary>
    internal void RequireDirectIO()
    {
        string folder = places.Disk;
        if (places.Place is not { HasDirectIO: true })
        {
            throw new RowSkippedException($"{places.Place?.FileSystem} in {folder} has no direct I/O to a disk; --folder PATH names another place");
        }
    }

    /// <summary>Skips the row where a folder has no room for so many bytes.</summary>
    internal static void RequireSpace(string folder, long bytes)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < bytes + SpaceToLeave)
        {
            throw new RowSkippedException(
                $"{folder}: {Figures.Mebibytes(bytes + SpaceToLeave)} of free space are needed, {Figures.Mebibytes(free)} are there");
        }
    }

    private DataFile Create(string folder, string name)
    {
        RequireSpace(folder, plan.FileLength);
        return report.Track(
            $"writing a file of {Figures.Mebibytes(plan.FileLength)}",
            progress => DataFile.Create(Path.Combine(folder, name), plan.FileLength, progress, cancellationToken));
    }

    private SmallFiles CreateSmallFiles()
    {
        string folder = Path.Combine(places.Disk, "small");
        RequireSpace(places.Disk, (long)plan.SmallFiles * SmallFiles.Length);
        return report.Track(
            $"writing {Figures.Count(plan.SmallFiles, "small file")}",
            progress => SmallFiles.Create(folder, plan.SmallFiles, progress, cancellationToken));
    }
}
