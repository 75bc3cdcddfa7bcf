using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>What an open gives: a descriptor and what it refers to. A regular file or block device is in blocking mode, everything else in non-blocking mode.</summary>
internal readonly record struct OpenedPath(SafeFileHandle Handle, NativeFileInfo Info);
