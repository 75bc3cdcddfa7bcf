using System.Buffers;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// Pinned stretches of memory that one transfer fills or empties, in order: the array of readv(2), of which a step takes what the kernel takes at a time.
/// </summary>
internal sealed unsafe class BufferVector
{
    /// <summary>The most entries of one system call (IOV_MAX, UIO_MAXIOV).</summary>
    private const int MaxEntries = 1024;

    private MemoryHandle[] _pins = [];

    // On the pinned heap: the kernel reads it when the submission is taken.
    private NativeBuffer[] _entries = [];
    private int _count;
    private int _first;
    private int _cutEntry;
    private ulong _cut;

    /// <summary>Bytes not yet moved.</summary>
    internal long Remaining { get; private set; }

    /// <summary>Takes the memory of a transfer. After an exception nothing stays pinned.</summary>
    internal void Take(IReadOnlyList<Memory<byte>> buffers)
    {
        Begin(buffers.Count);
        try
        {
            for (int i = 0; i < buffers.Count; i++)
            {
                Add(buffers[i]);
            }
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>As <see cref="Take(IReadOnlyList{Memory{byte}})"/>.</summary>
    internal void Take(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        Begin(buffers.Count);
        try
        {
            for (int i = 0; i < buffers.Count; i++)
            {
                Add(buffers[i]);
            }
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>All lengths joined by OR: a multiple of a power of two where each is.</summary>
    internal long CommonLength
    {
        get
        {
            ulong common = 0;
            for (int i = 0; i < _count; i++)
            {
                common |= _entries[i].Length;
            }

            return (long)common;
        }
    }

    /// <summary>Whether all addresses and lengths are multiples of what direct I/O asks for.</summary>
    internal bool IsAligned(uint memoryAlignment, uint lengthAlignment)
    {
        for (int i = 0; i < _count; i++)
        {
            if ((nuint)_entries[i].Base % memoryAlignment != 0 || _entries[i].Length % lengthAlignment != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The entries of the next step: at most <paramref name="maxBytes"/> and what one system call takes.</summary>
    internal NativeBuffer* Step(long maxBytes, out uint count)
    {
        ulong rest = (ulong)maxBytes;
        int last = _first;
        while (last < _count && last - _first < MaxEntries && rest > 0)
        {
            ref NativeBuffer entry = ref _entries[last];
            if (entry.Length > rest)
            {
                // The rest of this entry is for a later step.
                _cutEntry = last;
                _cut = entry.Length - rest;
                entry.Length = rest;
            }

            rest -= entry.Length;
            last++;
        }

        count = (uint)(last - _first);

        // SAFETY: the array lies on the pinned heap, and belongs to this object until Release.
        fixed (NativeBuffer* entries = _entries)
        {
            return entries + _first;
        }
    }

    /// <summary>The step has moved this many bytes; 0 or less: none.</summary>
    internal void EndStep(long moved)
    {
        if (_cut != 0)
        {
            _entries[_cutEntry].Length += _cut;
            _cut = 0;
        }

        ulong rest = (ulong)Math.Max(0, moved);
        Remaining -= (long)rest;
        while (rest > 0)
        {
            ref NativeBuffer entry = ref _entries[_first];
            ulong part = Math.Min(rest, entry.Length);
            entry.Base = (byte*)entry.Base + part;
            entry.Length -= part;
            rest -= part;
            if (entry.Length == 0)
            {
                _first++;
            }
        }
    }

    /// <summary>Unpins. What a memory manager throws is thrown on when all are unpinned.</summary>
    internal void Release()
    {
        Exception? failure = null;
        for (int i = 0; i < _count; i++)
        {
            try
            {
                _pins[i].Dispose();
            }
            catch (Exception e)
            {
                failure = e;
            }

            _pins[i] = default;
        }

        _count = 0;
        if (_entries.Length > MaxEntries)
        {
            // An unusual size is not kept.
            _entries = [];
            _pins = [];
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private void Begin(int capacity)
    {
        if (_entries.Length < capacity)
        {
            int size = Math.Max(16, capacity);
            _entries = GC.AllocateUninitializedArray<NativeBuffer>(size, pinned: true);
            _pins = new MemoryHandle[size];
        }

        _count = 0;
        _first = 0;
        _cut = 0;
        Remaining = 0;
    }

    private void Add(ReadOnlyMemory<byte> memory)
    {
        if (memory.IsEmpty)
        {
            return;
        }

        _pins[_count] = memory.Pin();
        _entries[_count] = new NativeBuffer { Base = _pins[_count].Pointer, Length = (ulong)memory.Length };
        _count++;
        Remaining += memory.Length;
    }
}
