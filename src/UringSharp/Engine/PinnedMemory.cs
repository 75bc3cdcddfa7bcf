using System.Buffers;

namespace UringSharp.Engine;

/// <summary>A pin, for operations that rarely need one and shall not carry the room for it.</summary>
internal sealed unsafe class PinnedMemory
{
    private MemoryHandle _handle;

    /// <summary>The first byte.</summary>
    internal byte* Pointer => (byte*)_handle.Pointer;

    /// <summary>Takes a pin over.</summary>
    internal static PinnedMemory Take(MemoryHandle handle)
    {
        PinnedMemory pinned = OperationPool<PinnedMemory>.Rent();
        pinned._handle = handle;
        return pinned;
    }

    /// <summary>Unpins, which is the caller's code where the memory is a custom manager's, and may throw.</summary>
    internal void Unpin()
    {
        MemoryHandle handle = _handle;
        _handle = default;
        OperationPool<PinnedMemory>.Return(this);
        handle.Dispose();
    }
}
