using System.ComponentModel;
using System.Diagnostics;

namespace UringSharp.Cli.Demo;

/// <summary>What must not outlive a command: its folder and its child processes.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Process> _children = [];
    private bool _disposed;

    /// <summary>Makes a folder of its own inside the given one, for the command of that name.</summary>
    internal Scratch(string parent, string command = "demo")
    {
        if (!Directory.Exists(parent))
        {
            throw new DirectoryNotFoundException($"Could not find a part of the path '{parent}'.");
        }

        Folder = Path.Combine(parent, $"uring-{command}-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The folder.</summary>
    internal string Folder { get; }

    /// <summary>Starts a process that ends with the command at the latest.</summary>
    internal Process Start(ProcessStartInfo info)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Process child = Process.Start(info) ?? throw new InvalidOperationException("The process was not started.");
            _children.Add(child);
            return child;
        }
    }

    /// <summary>Ends the children and deletes the folder; again and from any thread if need be.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (Process child in _children)
            {
                Kill(child);
            }

            try
            {
                Directory.Delete(Folder, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Deleted before.
            }
        }
    }

    private static void Kill(Process child)
    {
        try
        {
            child.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }
}
