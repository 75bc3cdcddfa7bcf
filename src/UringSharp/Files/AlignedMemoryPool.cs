using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace UringSharp;

/// <summary>
/// Memory aligned for direct I/O: both its address and its length are multiples of <see cref="Alignment"/>. It lies on the pinned heap, so a transfer pins it at no
/// cost and a forgotten block is collected. Returned blocks are kept for reuse, up to a bound; one that is returned while a transfer
/// uses it is reused only when the transfer has ended.
/// </summary>
public sealed class AlignedMemoryPool : MemoryPool<byte>
{
    /// <summary>The default <see cref="Alignment"/> in bytes, enough for every usual block device.</summary>
    public const int DefaultAlignment = 4096;

    private const int BlocksKeptPerSize = 64;
    private const int LargestSize = 1 << 30;

    private readonly ConcurrentQueue<byte[]>[] _free;
    private readonly int _smallestShift;
    private bool _disposed;

    /// <summary>Makes a pool.</summary>
    /// <param name="alignment">Alignment in bytes: a power of two from 512 to 1 MiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The alignment is out of range or not a power of two.</exception>
    public AlignedMemoryPool(int alignment = DefaultAlignment)
    {
        if (alignment is < 512 or > 1 << 20 || !BitOperations.IsPow2(alignment))
        {
            throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "The alignment must be a power of two from 512 to 1048576.");
        }

        Alignment = alignment;
        _smallestShift = BitOperations.Log2((uint)alignment);
        _free = new ConcurrentQueue<byte[]>[BitOperations.Log2(LargestSize) - _smallestShift + 1];
        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = new ConcurrentQueue<byte[]>();
        }
    }

    /// <summary>What addresses and lengths are multiples of, in bytes.</summary>
    public int Alignment { get; }

    /// <summary>The largest block, in bytes.</summary>
    public override int MaxBufferSize => LargestSize;

    /// <summary>Takes a block.</summary>
    /// <param name="minBufferSize">The least length in bytes, up to <see cref="MaxBufferSize"/>; -1 for one block of <see cref="Alignment"/> bytes.</param>
    /// <returns>A block, longer than asked where that is needed; its content is arbitrary. Dispose it to return it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minBufferSize, -1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, LargestSize);
        ObjectDisposedException.ThrowIf(_disposed, this);
        int shift = Math.Max(_smallestShift, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(minBufferSize, 1))));
        ConcurrentQueue<byte[]> free = _free[shift - _smallestShift];
        byte[] array = free.TryDequeue(out byte[]? kept) ? kept : GC.AllocateUninitializedArray<byte>((1 << shift) + Alignment, pinned: true);
        return new Block(this, free, array, AlignedStart(array), 1 << shift);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        foreach (ConcurrentQueue<byte[]> queue in _free)
        {
            queue.Clear();
        }
    }

    private void Return(ConcurrentQueue<byte[]> free, byte[] array)
    {
        if (!_disposed && free.Count < BlocksKeptPerSize)
        {
            free.Enqueue(array);
        }
    }

    private unsafe int AlignedStart(byte[] array)
    {
        // SAFETY: the array lies on the pinned heap, its address never changes; it is only computed with.
        nuint address = (nuint)Unsafe.AsPointer(ref array[0]);
        return (int)((nuint)Alignment - (address & ((nuint)Alignment - 1))) & (Alignment - 1);
    }

    /// <summary>One block. Its memory is kept for reuse when its owner and everyone who pinned it have let go.</summary>
    private sealed class Block(AlignedMemoryPool pool, ConcurrentQueue<byte[]> free, byte[] array, int start, int length) : MemoryManager<byte>
    {
        private int _references = 1;
        private int _disposed;

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(IMemoryOwner<byte>));
            return array.AsSpan(start, length);
        }

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, length);
            int references = Volatile.Read(ref _references);
            while (true)
            {
                // Without a reference left, the memory may be another block's already.
                ObjectDisposedException.ThrowIf(references == 0 || Volatile.Read(ref _disposed) != 0, typeof(IMemoryOwner<byte>));
                int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
                if (seen == references)
                {
                    break;
                }

                references = seen;
            }

            // SAFETY: the array lies on the pinned heap and is kept by this object, which the handle references; the index lies inside it.
            return new MemoryHandle((byte*)Unsafe.AsPointer(ref array[start]) + elementIndex, pinnable: this);
        }

        public override void Unpin()
        {
            if (Interlocked.Decrement(ref _references) == 0)
            {
                pool.Return(free, array);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                Unpin();
            }
        }
    }
}
