namespace UringSharp;

/// <summary>What kind of thing a path leads to: the S_IFMT bits of st_mode, inode(7).</summary>
public enum UringFileType
{
    /// <summary>None of the others.</summary>
    Unknown = 0,

    /// <summary>A named pipe (S_IFIFO).</summary>
    NamedPipe = 0x1000,

    /// <summary>A character device, a terminal for example (S_IFCHR).</summary>
    CharacterDevice = 0x2000,

    /// <summary>A folder (S_IFDIR).</summary>
    Directory = 0x4000,

    /// <summary>A block device (S_IFBLK).</summary>
    BlockDevice = 0x6000,

    /// <summary>A regular file (S_IFREG).</summary>
    File = 0x8000,

    /// <summary>A symbolic link (S_IFLNK).</summary>
    SymbolicLink = 0xA000,

    /// <summary>A socket (S_IFSOCK).</summary>
    Socket = 0xC000,
}
