using System.Globalization;
using Microsoft.Win32.SafeHandles;
using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Bench;

/// <summary>A folder of many files of one block each.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Paths">Its files, in the order they are to be visited, which is not that of their names. The ceiling has the same.</param>
internal sealed record SmallFiles(string Folder, IReadOnlyList<string> Paths)
{
    /// <summary>Bytes of each file.</summary>
    internal const int Length = 4096;

    /// <summary>A prime that does not divide the number of files visits each of them once.</summary>
    private const long Stride = 7919;

    internal static SmallFiles Create(string folder, int count, IProgress<double> progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string[] paths = [.. Enumerable.Range(0, count).Select(i => Path.Combine(folder, (i * Stride % count).ToString("D5", CultureInfo.InvariantCulture)))];
        byte[] content = new byte[Length];
        Random.Shared.NextBytes(content);
        for (int i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            File.WriteAllBytes(paths[i], content);
            progress.Report((double)i / count);
        }

        using SafeFileHandle any = File.OpenHandle(paths[0]);
        LibC.SyncFileSystem(any);
        return new SmallFiles(folder, paths);
    }

    /// <summary>Drops what they hold from the page cache. Their names and inodes stay cached: only root could drop those, and then those of everybody else too.</summary>
    internal void Evict()
    {
        foreach (string path in Paths)
        {
            using SafeFileHandle file = File.OpenHandle(path);
            LibC.Evict(file);
        }
    }

    /// <summary>Brings all of them into the page cache.</summary>
    internal void Cache()
    {
        foreach (string path in Paths)
        {
            _ = File.ReadAllBytes(path);
        }
    }
}
