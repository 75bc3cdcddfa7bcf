using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// The folders found on local devices not long ago, so that many files of one folder are opened with a look at the folder once in a while, and not at each of them
/// before it is opened. What is known holds for a second, as what is known of a device does.
/// </summary>
internal static class LocalFolders
{
    /// <summary>Places for folders, a power of two; two that meet in one push each other out.</summary>
    private const int Capacity = 256;

    private const long ValidMilliseconds = 1000;

    /// <summary>A device that is not known yet will be soon.</summary>
    private const long RetryMilliseconds = 50;

    private static readonly Entry?[] s_entries = new Entry?[Capacity];

    /// <summary>Whether a full path's folder lies on one of the devices. Asks the kernel's cache only.</summary>
    internal static bool HoldFolderOf(string path, ReadOnlySpan<ulong> devices, long now)
    {
        int length = path.LastIndexOf('/');
        if (length <= 0)
        {
            return false;
        }

        ReadOnlySpan<char> folder = path.AsSpan(0, length);
        ref Entry? place = ref s_entries[string.GetHashCode(folder) & (Capacity - 1)];
        Entry? entry = Volatile.Read(ref place);
        if (entry is null || now >= entry.ValidUntil || !folder.SequenceEqual(entry.Folder))
        {
            string name = folder.ToString();
            bool isLocal = IsLocal(name, devices) && !MountPoints.AreIn(name, now);
            entry = new Entry(name, now + (isLocal ? ValidMilliseconds : RetryMilliseconds), isLocal);
            Volatile.Write(ref place, entry);
        }

        return entry.IsLocal;
    }

    /// <summary>Devices are not opened to see what they are: that can start something.</summary>
    private static bool IsLocal(string folder, ReadOnlySpan<ulong> devices) =>
        !(folder == "/dev" || folder.StartsWith("/dev/", StringComparison.Ordinal))
        && PathCalls.StatusCached(folder, NativePathFlags.Follow, devices, out NativeFileStatus status) == 0
        && status.Type == (uint)NativeFileType.Directory;

    private sealed record Entry(string Folder, long ValidUntil, bool IsLocal);
}
