using System.Buffers;

namespace UringSharp.Cli.Demo;

/// <summary>A folder for the demo's files: on a disk, with direct I/O where there is one that has it.</summary>
internal sealed record ScratchPlace(string Folder, string FileSystem, bool KnowsDirectIO, long FreeBytes)
{
    /// <summary>Whether there is no disk beneath. Direct I/O, which recent kernels accept there, then means nothing.</summary>
    internal bool IsInMemory => FileSystem is "tmpfs" or "ramfs";

    /// <summary>Whether reads can go to the disk past the page cache.</summary>
    internal bool HasDirectIO => KnowsDirectIO && !IsInMemory;

    /// <summary>The folder asked for, else the best of /var/tmp, the current folder and the temporary folder; null where none can be written to.</summary>
    internal static ScratchPlace? Find(string? asked)
    {
        List<ScratchPlace> places = [];
        foreach (string folder in asked is null ? ["/var/tmp", Environment.CurrentDirectory, Path.GetTempPath()] : new[] { asked })
        {
            if (Try(Path.GetFullPath(folder)) is { } place)
            {
                places.Add(place);
            }
        }

        return places.OrderBy(static place => place.IsInMemory).ThenBy(static place => !place.HasDirectIO).FirstOrDefault();
    }

    private static ScratchPlace? Try(string folder)
    {
        try
        {
            using Scratch scratch = new(folder);
            DriveInfo drive = new(scratch.Folder);
            string probe = Path.Combine(scratch.Folder, "probe");
            File.WriteAllBytes(probe, new byte[AlignedMemoryPool.DefaultAlignment]);
            return new ScratchPlace(folder, drive.DriveFormat, CanReadDirectly(probe), drive.AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether a file can be read past the page cache.</summary>
    internal static bool CanReadDirectly(string path)
    {
        try
        {
            using AlignedMemoryPool pool = new();
            using IMemoryOwner<byte> block = pool.Rent();
            using UringContext context = new();
            UringFileOptions options = new() { Direct = true, Context = context };
            using UringFile file = UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, options).AsTask().GetAwaiter().GetResult();
            return file.ReadAsync(block.Memory, 0).AsTask().GetAwaiter().GetResult() == block.Memory.Length;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return false;
        }
    }
}
