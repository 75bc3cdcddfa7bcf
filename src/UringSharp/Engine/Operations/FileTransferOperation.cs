using System.Buffers;

namespace UringSharp.Engine.Operations;

/// <summary>
/// What reading and writing a file have in common: pinned memory, an offset, and steps until all is done. The steps go through the ring; or they are made on the
/// thread pool, where the file system cannot tell what it would wait for. There a ring would hand each request to a kernel worker, which costs a reader of an
/// overlayfs 50 times as much.
/// </summary>
internal abstract unsafe class FileTransferOperation : Operation
{
    private MemoryHandle _pin;
    private ReadOnlyMemory<byte> _memory;
    private int _length;
    private int _done;
    private long _offset;

    /// <summary>The file.</summary>
    protected FileHandle File => (FileHandle)Handle!;

    /// <summary>Where the next step's bytes lie.</summary>
    protected void* StepAddress => (byte*)_pin.Pointer + _done;

    /// <summary>How many bytes the next step moves. What goes through the page cache is copied by the leader, a turn at a time.</summary>
    protected uint StepLength => (uint)(File.IsDirect ? _length - _done : Math.Min(_length - _done, FileHandle.MaxInlineCopy));

    /// <summary>The next step's place in the file.</summary>
    protected long StepOffset => _offset + _done;

    /// <inheritdoc/>
    internal sealed override bool OnCompletion(int result)
    {
        if (result > 0)
        {
            _done += result;
            return (_done == _length || IsEndOfFile(result)) && Succeed(_done);
        }

        if (result == 0)
        {
            return OnNothingMoved(_done);
        }

        return FailOrRetry(result);
    }

    /// <summary>
    /// Starts it. The caller has acquired the handle, which stays the caller's when this throws, and <paramref name="done"/> bytes have
    /// been moved already. Returns the task's version.
    /// </summary>
    /// <exception cref="ArgumentException">The file is open for direct I/O and offset, length or memory are not aligned.</exception>
    protected short Start(FileHandle file, bool onPool, ReadOnlyMemory<byte> buffer, int done, long offset, CancellationToken cancellationToken)
    {
        _length = buffer.Length;
        _done = done;
        _offset = offset;
        if (onPool && !file.IsDirect)
        {
            // Each step pins it on the stack, which is cheaper.
            _memory = buffer;
            return LaunchOnPool(file, buffer.Length - done, cancellationToken);
        }

        try
        {
            _pin = buffer.Pin();
        }
        catch
        {
            Recycle();
            throw;
        }

        if (file.IsDirect && !IsAligned(file, (nuint)_pin.Pointer, buffer.Length, offset))
        {
            ReleaseMemory();
            Recycle();
            throw file.Misaligned();
        }

        _memory = onPool ? buffer : default;
        return onPool ? LaunchOnPool(file, buffer.Length - done, cancellationToken) : Launch(file, cancellationToken);
    }

    /// <inheritdoc/>
    protected sealed override void Run()
    {
        int result;
        do
        {
            // SAFETY: pinned from the start for direct I/O, else for the call; what is read into came as writable memory.
            if (_pin.Pointer is not null)
            {
                result = Transfer((byte*)StepAddress, (uint)(_length - _done), StepOffset);
                continue;
            }

            ReadOnlySpan<byte> rest = _memory.Span[_done..];
            fixed (byte* address = rest)
            {
                result = Transfer(address, (uint)rest.Length, StepOffset);
            }
        }
        while (!OnCompletion(result));
    }

    /// <summary>A step as a system call of this thread: bytes moved, or -errno.</summary>
    protected abstract int Transfer(byte* address, uint length, long offset);

    /// <summary>A short step that is known to be the last.</summary>
    protected virtual bool IsEndOfFile(int moved) => false;

    /// <summary>The kernel moved nothing and reported no error.</summary>
    protected abstract bool OnNothingMoved(int done);

    /// <inheritdoc/>
    protected sealed override void ReleaseMemory()
    {
        _pin.Dispose();
        _pin = default;
        _memory = default;
    }

    /// <inheritdoc/>
    protected sealed override Exception CreateException(int errno) =>
        File.IsMisalignment(errno, _offset | (uint)_length) ? File.Misaligned() : base.CreateException(errno);

    private static bool IsAligned(FileHandle file, nuint address, int length, long offset) =>
        offset % file.OffsetAlignment == 0 && length % file.OffsetAlignment == 0 && address % file.MemoryAlignment == 0;
}
