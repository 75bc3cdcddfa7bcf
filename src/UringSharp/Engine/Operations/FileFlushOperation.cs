namespace UringSharp.Engine.Operations;

/// <summary>
/// Brings a file to the disk, fsync(2), on the thread of the pool that is at work for the code which asks for it: going on there costs nothing, where the blocking pool costs two
/// threads to wake. One at a time in the process, since it takes as long as the disk likes: whatever else is to be flushed meanwhile, the blocking pool has threads for.
/// </summary>
internal sealed class FileFlushOperation : Operation
{
    private static int s_isUnderWay;

    private bool _dataOnly;

    /// <inheritdoc/>
    internal override bool TakesLong => true;

    /// <summary>Starts it, where it can be made here. The caller has acquired the handle.</summary>
    internal static bool TryStart(FileHandle file, bool dataOnly, out ValueTask task)
    {
        // With one processor the pool has one thread to begin with: nothing else would run until the disk has answered.
        if (Environment.ProcessorCount == 1 || !file.IsLocal || !TransferThread.RunsUserCodeHere || Interlocked.CompareExchange(ref s_isUnderWay, 1, 0) != 0)
        {
            task = default;
            return false;
        }

        FileFlushOperation operation = OperationPool<FileFlushOperation>.Rent();
        operation._dataOnly = dataOnly;
        task = new ValueTask(operation, operation.LaunchOnPool(file, 0, CancellationToken.None));
        return true;
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => result >= 0 ? Succeed(0) : Fail(-result);

    /// <inheritdoc/>
    internal override void Resolve()
    {
        // Whether or not it was made: all that were begun get here.
        Volatile.Write(ref s_isUnderWay, 0);
        base.Resolve();
    }

    /// <inheritdoc/>
    protected override void Run() => OnCompletion(FileHandle.Flush(Handle!.Descriptor, _dataOnly));

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<FileFlushOperation>.Return(this);
}
