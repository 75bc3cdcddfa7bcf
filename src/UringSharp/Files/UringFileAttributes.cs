namespace UringSharp;

/// <summary>What a file system says of a file beyond its mode: the STATX_ATTR_* of statx(2), in the kernel's numbers.</summary>
[Flags]
public enum UringFileAttributes : long
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The file system compresses it.</summary>
    Compressed = 0x4,

    /// <summary>It cannot be changed, deleted, renamed or linked to.</summary>
    Immutable = 0x10,

    /// <summary>It can only be appended to.</summary>
    AppendOnly = 0x20,

    /// <summary>Backup programs leave it out.</summary>
    NoDump = 0x40,

    /// <summary>The file system encrypts it.</summary>
    Encrypted = 0x800,

    /// <summary>A folder that mounts a file system when it is used.</summary>
    AutomountPoint = 0x1000,

    /// <summary>The root of a mount.</summary>
    MountRoot = 0x2000,

    /// <summary>fs-verity guards its content.</summary>
    Verity = 0x100000,

    /// <summary>It is accessed directly in persistent memory.</summary>
    DirectAccess = 0x200000,
}
