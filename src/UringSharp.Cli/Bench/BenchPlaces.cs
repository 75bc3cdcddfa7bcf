using System.Diagnostics;
using UringSharp.Cli.Demo;
using UringSharp.Cli.Interop;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Bench;

/// <summary>Folders, mounts and processes of one benchmark; none of them outlives it.</summary>
/// <param name="asked">The folder the user asked for, or null.</param>
internal sealed class BenchPlaces(string? asked) : IDisposable
{
    private const string Command = "bench";
    private const string SharedMemory = "/dev/shm";
    private const string Tmpfs = "tmpfs";
    private const int Attempts = 20;
    private static readonly TimeSpan s_betweenAttempts = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly List<Scratch> _scratches = [];
    private readonly List<string> _mounts = [];
    private readonly Lazy<ScratchPlace?> _place = new(() => ScratchPlace.Find(asked));
    private bool _disposed;
    private Scratch? _disk;
    private string? _memory;
    private string? _overlay;

    /// <summary>Where files on a disk are made; null where nothing can be written to.</summary>
    internal ScratchPlace? Place => _place.Value;

    /// <summary>A folder on the disk.</summary>
    /// <exception cref="RowSkippedException">There is none.</exception>
    internal string Disk => (_disk ??= Add(Place is { } place ? place.Folder : throw new RowSkippedException($"{asked ?? "no folder"}: cannot be written to"))).Folder;

    /// <summary>The folder of <see cref="Disk"/> that lies beneath the overlay.</summary>
    internal string Lower => MakeFolder("lower");

    /// <summary>A folder in memory.</summary>
    /// <exception cref="RowSkippedException">There is none.</exception>
    internal string Memory => _memory ??= Directory.Exists(SharedMemory) && new DriveInfo(SharedMemory).DriveFormat == Tmpfs
        ? Add(SharedMemory).Folder
        : Mount(Tmpfs, MakeFolder("memory"), "mode=0700");

    /// <summary>An overlay, the root of every container, over <see cref="Lower"/>.</summary>
    /// <exception cref="RowSkippedException">None can be mounted.</exception>
    internal string Overlay => _overlay ??= Place is { FileSystem: "overlay" or "overlayfs" }
        ? Lower
        : Mount("overlay", MakeFolder("overlay"), $"lowerdir={Lower},upperdir={MakeFolder("upper")},workdir={MakeFolder("work")}");

    /// <summary>Starts a process that ends with the benchmark at the latest.</summary>
    internal Process Start(ProcessStartInfo info)
    {
        lock (_lock)
        {
            return _scratches[0].Start(info);
        }
    }

    /// <summary>Takes everything away; again and from any thread if need be.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (string mount in Enumerable.Reverse(_mounts))
            {
                LibC.Unmount(mount);
            }

            _mounts.Clear();
            foreach (Scratch scratch in _scratches)
            {
                Delete(scratch);
            }
        }
    }

    /// <summary>At an end by force others may still be making files in it.</summary>
    private static void Delete(Scratch scratch)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                scratch.Dispose();
                return;
            }
            catch (Exception e) when (attempt < Attempts && e is (IOException or UnauthorizedAccessException))
            {
                Thread.Sleep(s_betweenAttempts);
            }
        }
    }

    private Scratch Add(string parent)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Scratch scratch = new(parent, Command);
            _scratches.Add(scratch);
            return scratch;
        }
    }

    private string MakeFolder(string name) => Directory.CreateDirectory(Path.Combine(Disk, name)).FullName;

    private string Mount(string type, string target, string options)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (LibC.Mount(type, target, options) is not 0 and int errno)
            {
                throw new RowSkippedException($"{type} cannot be mounted in {target}: {Failure.Text(errno)}");
            }

            _mounts.Add(target);
            return target;
        }
    }
}
