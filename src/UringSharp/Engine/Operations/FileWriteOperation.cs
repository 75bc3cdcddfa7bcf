using System.Buffers;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Writes a whole buffer to a file: pwrite(2) through the ring.</summary>
internal sealed unsafe class FileWriteOperation : FileTransferOperation
{
    /// <summary>Starts a write. The caller has acquired the handle.</summary>
    internal static ValueTask Start(FileHandle file, ReadOnlyMemory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        MemoryHandle pin = buffer.Pin();
        FileWriteOperation operation = OperationPool<FileWriteOperation>.Rent();
        return new ValueTask(operation, operation.Start(file, in pin, buffer.Length, 0, offset, cancellationToken));
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the memory stays pinned until this operation's last completion; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareWrite(ring.Native, userData, File.Descriptor, StepAddress, StepLength, StepOffset));
    }

    /// <inheritdoc/>
    protected override bool OnNothingMoved(int done) => Fail(Errno.ENOSPC);

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileWriteOperation>.Return(this);
}
