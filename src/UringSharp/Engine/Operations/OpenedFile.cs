using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>A descriptor that was opened, and what it refers to.</summary>
internal readonly record struct OpenedFile(SafeFileHandle SafeHandle, NativeFileInfo Info);
