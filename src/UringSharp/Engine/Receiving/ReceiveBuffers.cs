using System.Buffers;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Receiving;

/// <summary>
/// Where the bytes of all pipes of a pump arrive, before the leader copies them into the pipe of the one they are for: buffers lent to the kernel, which
/// come back at once, or, where the kernel cannot do that, one that read(2) fills. A pipe that is idle has none. The leader's.
/// </summary>
internal sealed unsafe class ReceiveBuffers
{
    /// <summary>The buffers' group: the ring has no other.</summary>
    internal const uint Group = 0;

    /// <summary>Buffers lent to the kernel.</summary>
    internal const int Count = 64;

    /// <summary>The size of each, in bytes: that of a page of a pipe, which is all a message of ordinary size can fill.</summary>
    internal const int Size = 4096;

    /// <summary>As much as a pipe holds, in bytes, unless somebody has set it to more.</summary>
    private const int SizeForRead = 65536;

    private NativeBufferRing* _buffers;
    private byte[]? _forRead;

    /// <summary>Lends the buffers, where the kernel takes them and reads into them.</summary>
    internal ReceiveBuffers(Ring ring, bool allowsMultishot)
    {
        if (allowsMultishot && UringSupport.Current.Supports(UringFeature.ReadMultishot))
        {
            NativeBufferRing* buffers = null;

            // SAFETY: the pointer is to a local; the leader calls this. A kernel short of memory refuses, and read(2) does as well.
            int result = NativeMethods.BufferRingCreate(ring.Native, Group, Count, Size, &buffers);
            _buffers = result == 0 ? buffers : null;
        }
    }

    /// <summary>Whether the kernel has buffers to read into.</summary>
    internal bool AreLent => _buffers != null;

    /// <summary>The buffer for read(2).</summary>
    internal byte[] ForRead => _forRead ??= GC.AllocateUninitializedArray<byte>(SizeForRead);

    /// <summary>Copies what the kernel has put into a buffer, and lends it anew, also when the copy fails.</summary>
    internal void MoveTo(IBufferWriter<byte> writer, int buffer, int length)
    {
        try
        {
            // SAFETY: a completion has named the buffer: it is ours until it is lent again, and has so many bytes.
            Write(writer, new ReadOnlySpan<byte>(NativeMethods.BufferRingAt(_buffers, (uint)buffer), length));
        }
        finally
        {
            Return(buffer);
        }
    }

    /// <summary>Lends a buffer anew.</summary>
    internal void Return(int buffer)
    {
        // SAFETY: as above; nobody looks at it any more.
        NativeMethods.BufferRingReturn(_buffers, (uint)buffer);
    }

    /// <summary>Copies into the memory of a writer.</summary>
    internal static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = writer.GetSpan();
            int part = Math.Min(bytes.Length, room.Length);
            bytes[..part].CopyTo(room);
            writer.Advance(part);
            bytes = bytes[part..];
        }
    }

    /// <summary>Takes the buffers back. Nothing may be in flight, and the ring must be there still.</summary>
    internal void Destroy(Ring ring)
    {
        // SAFETY: the leader calls this once, last.
        NativeMethods.BufferRingDestroy(ring.Native, _buffers);
        _buffers = null;
    }
}
