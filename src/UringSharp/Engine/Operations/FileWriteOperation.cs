using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Writes a whole buffer to a file: pwrite(2).</summary>
internal sealed unsafe class FileWriteOperation : FileTransferOperation
{
    /// <summary>Starts a write of which <paramref name="done"/> bytes are done already. The caller has acquired the handle.</summary>
    internal static ValueTask Start(FileHandle file, ReadOnlyMemory<byte> buffer, int done, long offset, CancellationToken cancellationToken)
    {
        FileWriteOperation operation = OperationPool<FileWriteOperation>.Rent();
        return new ValueTask(operation, operation.Start(file, file.WritesOnPool, buffer, done, offset, cancellationToken));
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the memory stays pinned until this operation's last completion; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareWrite(ring.Native, userData, File.Descriptor, StepAddress, StepLength, StepOffset));
    }

    /// <inheritdoc/>
    protected override int Transfer(byte* address, uint length, long offset)
    {
        // SAFETY: the memory is pinned by the caller, the descriptor referenced until this operation has ended.
        return NativeMethods.WriteAt(File.Descriptor, address, length, offset);
    }

    /// <inheritdoc/>
    protected override bool OnNothingMoved(int done) => Fail(Errno.ENOSPC);

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileWriteOperation>.Return(this);
}
