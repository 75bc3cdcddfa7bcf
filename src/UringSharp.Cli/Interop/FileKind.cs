namespace UringSharp.Cli.Interop;

/// <summary>The type of a file: S_IFMT of inode(7).</summary>
internal enum FileKind
{
    /// <summary>Something without a name in the file system: eventfd, epoll and their like.</summary>
    Other = 0,
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Folder = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    Socket = 0xC000,
}
