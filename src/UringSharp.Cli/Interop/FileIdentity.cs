namespace UringSharp.Cli.Interop;

/// <summary>What statx(2) says of a file: its type, and the inode that makes it the same file under another name.</summary>
internal readonly record struct FileIdentity(FileKind Kind, ulong Inode, ulong Device);
