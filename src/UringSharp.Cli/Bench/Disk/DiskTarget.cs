using Microsoft.Win32.SafeHandles;
using UringSharp.Cli.Demo;
using UringSharp.Cli.Interop;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Bench.Disk;

/// <summary>The file or folder that is measured, as it was found.</summary>
/// <param name="Description">What it is, in words.</param>
/// <param name="Device">The disk.</param>
/// <param name="HasDirectIO">Whether transfers can go past the page cache.</param>
/// <param name="Length">How much of the file is used.</param>
/// <param name="Existing">The file that is there; null where one is made.</param>
internal sealed record DiskTarget(string Description, string Device, bool HasDirectIO, long Length, DataFile? Existing)
{
    /// <summary>Whether it may be written to.</summary>
    internal bool MayWrite => Existing is null;

    /// <summary>Looks at what the plan names.</summary>
    /// <exception cref="DiskException">It cannot be used.</exception>
    internal static DiskTarget Find(DiskPlan plan, BenchPlaces places)
    {
        DiskTarget target = plan.File is { } file ? FindFile(file, plan.Length) : FindFolder(plan, places);
        if (plan.NeedsDirect && !target.HasDirectIO)
        {
            throw new DiskException($"{plan.File ?? plan.Folder ?? target.Description}: O_DIRECT is refused, or there is no disk beneath; without --direct the page cache is measured");
        }

        return target;
    }

    private static DiskTarget FindFile(string path, long? asked)
    {
        if (LibC.Identify(path, out FileIdentity identity) is not 0 and int errno)
        {
            throw new DiskException($"{path}: {Failure.Text(errno)}");
        }

        if (identity.Kind != FileKind.Regular)
        {
            throw new DiskException(identity.Kind == FileKind.Folder ? $"{path}: {Failure.Text(LibC.EISDIR)}; --folder PATH measures with a file of its own there" : $"{path}: not a regular file");
        }

        long length;
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            length = RandomAccess.GetLength(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiskException($"{path}: {Failure.Text(e)}");
        }

        if (length < DiskPlan.LeastLength)
        {
            throw new DiskException($"{path}: too small, {ByteSize.Text(DiskPlan.LeastLength)} are needed at least");
        }

        long used = Math.Min(asked ?? DiskPlan.DefaultLength, length);
        string full = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        string part = used < length ? $"the first {ByteSize.Text(used)} of {full}" : $"{full}, {ByteSize.Text(length)}";
        return new DiskTarget(
            $"{part} ({FileSystem(folder)})", MachineFacts.Device(folder), ScratchPlace.CanReadDirectly(full) && !IsInMemory(folder), used, new DataFile(full, used));
    }

    private static DiskTarget FindFolder(DiskPlan plan, BenchPlaces places)
    {
        long length = plan.Length ?? DiskPlan.DefaultLength;
        if (plan.Folder is { } folder)
        {
            Check(folder);
        }

        ScratchPlace place = places.Place ?? throw new DiskException($"{plan.Folder ?? "no folder"}: cannot be written to");
        try
        {
            BenchSession.RequireSpace(place.Folder, length);
        }
        catch (RowSkippedException e)
        {
            throw new DiskException($"{e.Message}; --size SIZE makes a smaller file");
        }

        return new DiskTarget($"a file of {ByteSize.Text(length)} in {place.Folder} ({place.FileSystem})", MachineFacts.Device(place.Folder), place.HasDirectIO, length, Existing: null);
    }

    /// <summary>Says why a folder is none to make files in.</summary>
    private static void Check(string folder)
    {
        if (LibC.Identify(folder, out FileIdentity identity) is not 0 and int errno)
        {
            throw new DiskException($"{folder}: {Failure.Text(errno)}");
        }

        if (identity.Kind != FileKind.Folder)
        {
            throw new DiskException($"{folder}: {Failure.Text(LibC.ENOTDIR)}; --file PATH measures a file that is there");
        }

        try
        {
            using Scratch scratch = new(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiskException($"{folder}: {Failure.Text(e)}");
        }
    }

    private static string FileSystem(string folder) => new DriveInfo(folder).DriveFormat;

    private static bool IsInMemory(string folder) => FileSystem(folder) is "tmpfs" or "ramfs";
}
