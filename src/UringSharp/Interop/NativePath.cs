using System.Runtime.InteropServices.Marshalling;

namespace UringSharp.Interop;

/// <summary>A path as C takes it: UTF-8 with a NUL at its end, on the stack where it fits.</summary>
internal unsafe ref struct NativePath : IDisposable
{
    /// <summary>Bytes to reserve on the stack; longer paths are encoded on the heap.</summary>
    internal const int OnStack = 512;

    private Utf8StringMarshaller.ManagedToUnmanagedIn _encoder;

    /// <param name="path">The path.</param>
    /// <param name="memory">Memory of the caller's own stack frame.</param>
    internal NativePath(string path, Span<byte> memory) => _encoder.FromManaged(path, memory);

    /// <summary>Its first byte, valid until <see cref="Dispose"/>.</summary>
    internal readonly byte* Pointer => _encoder.ToUnmanaged();

    /// <summary>Frees what did not fit.</summary>
    public readonly void Dispose() => _encoder.Free();
}
