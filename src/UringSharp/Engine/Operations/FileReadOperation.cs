using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Reads from a file until the buffer is full or the file ends: pread(2).</summary>
internal sealed unsafe class FileReadOperation : FileTransferOperation
{
    /// <summary>Starts a read of which <paramref name="done"/> bytes are there already. The caller has acquired the handle.</summary>
    internal static ValueTask<int> Start(FileHandle file, Memory<byte> buffer, int done, long offset, CancellationToken cancellationToken)
    {
        FileReadOperation operation = OperationPool<FileReadOperation>.Rent();
        return new ValueTask<int>(operation, operation.Start(file, file.ReadsOnPool, buffer, done, offset, cancellationToken));
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the memory stays pinned until this operation's last completion; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareRead(ring.Native, userData, File.Descriptor, StepAddress, StepLength, StepOffset));
    }

    /// <inheritdoc/>
    protected override int Transfer(byte* address, uint length, long offset)
    {
        // SAFETY: the memory is pinned by the caller, the descriptor referenced until this operation has ended.
        return NativeMethods.ReadAt(File.Descriptor, address, length, offset);
    }

    /// <inheritdoc/>
    protected override bool IsEndOfFile(int moved) => File.EndsInsideBlock(moved);

    /// <inheritdoc/>
    protected override bool OnNothingMoved(int done) => Succeed(done);

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileReadOperation>.Return(this);
}
