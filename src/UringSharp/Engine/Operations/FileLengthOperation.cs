using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>The length of an open file: statx(2) through the ring, so that a file system that hangs blocks neither the caller nor the pump.</summary>
internal sealed unsafe class FileLengthOperation : Operation, IValueTaskSource<long>
{
    private const int StatxSize = 256;
    private const int OffsetOfSize = 40;
    private const uint EmptyPathFlag = 0x1000;
    private const uint SizeMask = 0x200;

    // Room for the kernel's struct statx, and behind it the path, an empty string; both on the pinned heap.
    private readonly byte[] _memory = GC.AllocateArray<byte>(StatxSize + 8, pinned: true);

    /// <summary>Starts it. The caller has acquired the handle.</summary>
    internal static ValueTask<long> Start(FileHandle file, CancellationToken cancellationToken)
    {
        FileLengthOperation operation = OperationPool<FileLengthOperation>.Rent();
        return new ValueTask<long>(operation, operation.Launch(file.Pump, file, cancellationToken));
    }

    /// <summary>On a file system that hangs it takes for ever; what a disk is reading must not wait behind it.</summary>
    internal override bool IsBounded => false;

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the array lies on the pinned heap and belongs to this operation, which the slot table references until the completion.
        fixed (byte* memory = _memory)
        {
            Ring.RequirePrepared(NativeMethods.PrepareStatx(ring.Native, userData, Handle!.Descriptor, memory + StatxSize, EmptyPathFlag, SizeMask, memory));
        }
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => result >= 0 ? Succeed(0) : FailOrRetry(result);

    /// <inheritdoc/>
    long IValueTaskSource<long>.GetResult(short token)
    {
        BeginConsume(token);
        try
        {
            _ = CoreResult(token);
            return MemoryMarshal.Read<long>(_memory.AsSpan(OffsetOfSize));
        }
        finally
        {
            Release();
        }
    }

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileLengthOperation>.Return(this);
}
