namespace UringSharp.Cli.Bench.Contenders;

/// <summary>How a file is opened for transfers at positions.</summary>
/// <param name="Path">The file.</param>
/// <param name="Access">Reading or writing.</param>
/// <param name="Loops">Loops that use it, each with one transfer at a time.</param>
/// <param name="BlockSize">Bytes of a transfer.</param>
/// <param name="IsDirect">Past the page cache.</param>
/// <param name="HasNoReadAhead">Whether the kernel is told that positions are random.</param>
internal readonly record struct BlockFilePlan(string Path, FileAccess Access, int Loops, int BlockSize, bool IsDirect, bool HasNoReadAhead);
