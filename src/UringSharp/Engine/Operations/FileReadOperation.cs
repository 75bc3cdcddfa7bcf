using System.Buffers;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Reads from a file until the buffer is full or the file ends: pread(2) through the ring.</summary>
internal sealed unsafe class FileReadOperation : FileTransferOperation
{
    /// <summary>Starts a read of which <paramref name="done"/> bytes are there already. The caller has acquired the handle.</summary>
    internal static ValueTask<int> Start(FileHandle file, Memory<byte> buffer, int done, long offset, CancellationToken cancellationToken)
    {
        MemoryHandle pin = buffer.Pin();
        FileReadOperation operation = OperationPool<FileReadOperation>.Rent();
        return new ValueTask<int>(operation, operation.Start(file, in pin, buffer.Length, done, offset, cancellationToken));
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the memory stays pinned until this operation's last completion; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareRead(ring.Native, userData, File.Descriptor, StepAddress, StepLength, StepOffset));
    }

    /// <inheritdoc/>
    protected override bool IsEndOfFile(int moved) => File.IsDirect && moved % (File.OffsetAlignment == 1 ? LeastAlignment : File.OffsetAlignment) != 0;

    /// <inheritdoc/>
    protected override bool OnNothingMoved(int done) => Succeed(done);

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileReadOperation>.Return(this);
}
