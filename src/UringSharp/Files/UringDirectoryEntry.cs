namespace UringSharp;

/// <summary>One entry of a folder, as <see cref="UringFileSystem.EnumerateAsync"/> yields it.</summary>
/// <param name="Name">Its name; bytes that are not UTF-8 are shown as U+FFFD, and such a name does not lead back to the entry.</param>
/// <param name="FullPath">The folder's full path and the name.</param>
/// <param name="Type">What it is; a symbolic link is one, whatever it leads to. <see cref="UringFileType.Unknown"/> only where it was gone before the file system could be asked.</param>
/// <param name="Inode">Its inode (d_ino, readdir(3)); at a mount point that of the folder below the mount.</param>
public readonly record struct UringDirectoryEntry(string Name, string FullPath, UringFileType Type, ulong Inode);
