namespace UringSharp.Tests.Support;

/// <summary>A temporary folder on a real disk: one whose file system has a page cache to ask (RWF_NOWAIT) and direct I/O. In a container neither / nor /tmp may be one.</summary>
internal static class DiskFolder
{
    private static readonly string? s_parent = Array.Find(
        [Path.GetTempPath(), "/var/tmp", NativeHelpers.Recorded("NativeDirectory")],
        static candidate => Directory.Exists(candidate) && new DriveInfo(candidate).DriveFormat is "ext4" or "ext3" or "ext2" or "xfs" or "btrfs");

    public static TempFolder Create()
    {
        if (s_parent is null)
        {
            Skip.Aloud("no folder on ext4, XFS or btrfs was found");
        }

        return new TempFolder(s_parent);
    }
}
