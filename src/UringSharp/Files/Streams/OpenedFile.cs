using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Files.Streams;

/// <summary>What an opening has come to.</summary>
/// <param name="Handle">The descriptor.</param>
/// <param name="Info">What it refers to.</param>
/// <param name="HasPositions">Whether it is a file, a block device or a memory device; else one waits for it and polls it.</param>
/// <param name="IsLocked">Whether it holds a lock of flock(2).</param>
/// <param name="AppendStart">The length it had, in append mode; else -1.</param>
internal sealed record OpenedFile(SafeFileHandle Handle, NativeFileInfo Info, bool HasPositions, bool IsLocked, long AppendStart);
