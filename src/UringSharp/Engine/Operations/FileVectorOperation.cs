using System.Threading.Tasks.Sources;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Reads a file into many stretches of memory, or writes it from them: preadv(2), pwritev(2), through the ring or on the thread pool.</summary>
internal sealed unsafe class FileVectorOperation : Operation, IValueTaskSource<long>
{
    private readonly BufferVector _vector = new();
    private bool _isWrite;
    private bool _isOnPool;
    private long _offset;
    private long _length;
    private long _lengths;

    private FileHandle File => (FileHandle)Handle!;

    private long StepOffset => _offset + _length - _vector.Remaining;

    // What goes through the page cache is copied by the leader, a turn at a time.
    private long MaxStep => File.IsDirect || _isOnPool ? long.MaxValue : FileHandle.MaxInlineCopy;

    /// <summary>Starts a read, or ends it at once where all is cached. The caller has acquired the handle, which stays the caller's when this throws.</summary>
    internal static ValueTask<long> Read(FileHandle file, IReadOnlyList<Memory<byte>> buffers, long offset, CancellationToken cancellationToken)
    {
        FileVectorOperation operation = OperationPool<FileVectorOperation>.Rent();
        operation._vector.Take(buffers);
        operation.Begin(file, offset, isWrite: false);
        if (operation._length == 0 || (file.ShouldProbe(operation._length) && file.TryReadCached(operation._vector, offset)))
        {
            long read = operation._length - operation._vector.Remaining;
            operation.ReleaseMemory();
            operation.Recycle();
            file.Release();
            return AnswerOperation.Answer(read);
        }

        return new ValueTask<long>(operation, operation.Start(file, file.ReadsOnPool, cancellationToken));
    }

    /// <summary>Starts a write, as <see cref="Read"/>.</summary>
    internal static ValueTask Write(FileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset, CancellationToken cancellationToken)
    {
        FileVectorOperation operation = OperationPool<FileVectorOperation>.Rent();
        operation._vector.Take(buffers);
        operation.Begin(file, offset, isWrite: true);
        if (operation._length == 0)
        {
            operation.Recycle();
            file.Release();
            return default;
        }

        return new ValueTask(operation, operation.Start(file, file.WritesOnPool, cancellationToken));
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        // SAFETY: the entries and what they name stay pinned until this operation's last completion; the leader has seen that there is room.
        NativeBuffer* entries = _vector.Step(MaxStep, out uint count);
        Ring.RequirePrepared(_isWrite
            ? NativeMethods.PrepareWritev(ring.Native, userData, File.Descriptor, entries, count, StepOffset)
            : NativeMethods.PrepareReadv(ring.Native, userData, File.Descriptor, entries, count, StepOffset));
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result)
    {
        _vector.EndStep(result);
        return result switch
        {
            > 0 => (_vector.Remaining == 0 || (!_isWrite && File.EndsInsideBlock(result))) && Succeed(0),
            0 => _isWrite ? Fail(Errno.ENOSPC) : Succeed(0),
            _ => FailOrRetry(result),
        };
    }

    /// <inheritdoc/>
    long IValueTaskSource<long>.GetResult(short token)
    {
        BeginConsume(token);
        try
        {
            _ = CoreResult(token);
            return _length - _vector.Remaining;
        }
        finally
        {
            Release();
        }
    }

    /// <inheritdoc/>
    protected override void Run()
    {
        int result;
        do
        {
            // SAFETY: as in Prepare.
            NativeBuffer* entries = _vector.Step(MaxStep, out uint count);
            result = (int)(_isWrite
                ? NativeMethods.WriteVector(File.Descriptor, entries, count, StepOffset)
                : NativeMethods.ReadVector(File.Descriptor, entries, count, StepOffset));
        }
        while (!OnCompletion(result));
    }

    /// <inheritdoc/>
    protected override void ReleaseMemory() => _vector.Release();

    /// <inheritdoc/>
    protected override Exception CreateException(int errno) => File.IsMisalignment(errno, _offset | _lengths) ? File.Misaligned() : base.CreateException(errno);

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileVectorOperation>.Return(this);

    private void Begin(FileHandle file, long offset, bool isWrite)
    {
        _isWrite = isWrite;
        _offset = offset;
        _length = _vector.Remaining;
        _lengths = _vector.CommonLength;
        if (file.IsDirect && (offset % file.OffsetAlignment != 0 || !_vector.IsAligned(file.MemoryAlignment, file.OffsetAlignment)))
        {
            ReleaseMemory();
            Recycle();
            throw file.Misaligned();
        }
    }

    private short Start(FileHandle file, bool onPool, CancellationToken cancellationToken)
    {
        _isOnPool = onPool;
        return onPool ? LaunchOnPool(file, _length, cancellationToken) : Launch(file, cancellationToken);
    }
}
