using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>fsync(2) or fdatasync(2) through the ring.</summary>
internal sealed unsafe class FileFlushOperation : Operation
{
    private bool _dataOnly;

    /// <summary>Starts it. The caller has acquired the handle.</summary>
    internal static ValueTask Start(FileHandle file, bool dataOnly, CancellationToken cancellationToken)
    {
        FileFlushOperation operation = OperationPool<FileFlushOperation>.Rent();
        operation._dataOnly = dataOnly;
        return new ValueTask(operation, operation.Launch(file.Pump, file, cancellationToken));
    }

    /// <summary>On a file system that hangs it takes for ever; what a disk is reading must not wait behind it.</summary>
    internal override bool IsBounded => false;

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: no memory is involved; the leader has seen that there is room.
        Ring.RequirePrepared(NativeMethods.PrepareFsync(ring.Native, userData, Handle!.Descriptor, _dataOnly ? 1u : 0u));
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => result switch
    {
        // As FileStream: there are files that have nothing to flush, and say so.
        >= 0 or -Errno.EINVAL or -Errno.EROFS or -Errno.EOPNOTSUPP => Succeed(0),
        _ => FailOrRetry(result),
    };

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileFlushOperation>.Return(this);
}
