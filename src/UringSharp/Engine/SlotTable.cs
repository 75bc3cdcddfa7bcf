namespace UringSharp.Engine;

/// <summary>
/// Which operation a completion belongs to. user_data is a slot (low 32 bits) and that slot's generation (high 32), so that a completion or a cancel
/// that comes late finds nothing rather than a stranger. Touched by the leader alone.
/// </summary>
internal sealed class SlotTable
{
    /// <summary>The highest bit of user_data is never set by a slot: the pump's own submissions use it.</summary>
    internal const ulong OwnUse = 1UL << 63;

    private const int NoSlot = -1;
    private const uint LastGeneration = int.MaxValue;

    private Entry[] _entries;
    private int _firstFree = NoSlot;
    private int _used;

    internal SlotTable(int capacity) => _entries = new Entry[Math.Max(capacity, 1)];

    /// <summary>How many operations are in the kernel's hands.</summary>
    internal int Count { get; private set; }

    /// <summary>Enters an operation; returns its user_data.</summary>
    internal ulong Add(Operation operation)
    {
        int slot = _firstFree;
        if (slot != NoSlot)
        {
            _firstFree = _entries[slot].NextFree;
        }
        else
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, _entries.Length * 2);
            }

            slot = _used++;
        }

        ref Entry entry = ref _entries[slot];
        entry.Operation = operation;
        entry.Generation = entry.Generation == LastGeneration ? 1 : entry.Generation + 1;
        Count++;
        return ((ulong)entry.Generation << 32) | (uint)slot;
    }

    /// <summary>The operation, which stays in, or null where the user_data is nobody's any more.</summary>
    internal Operation? Find(ulong userData)
    {
        int slot = (int)(uint)userData;
        return (uint)slot < (uint)_used && _entries[slot].Generation == userData >> 32 ? _entries[slot].Operation : null;
    }

    /// <summary>Takes the operation out, or null where the user_data is nobody's any more.</summary>
    internal Operation? Take(ulong userData)
    {
        if (Find(userData) is not { } operation)
        {
            return null;
        }

        int slot = (int)(uint)userData;
        ref Entry entry = ref _entries[slot];
        entry.Operation = null;
        entry.NextFree = _firstFree;
        _firstFree = slot;
        Count--;
        return operation;
    }

    /// <summary>Calls back for every operation in the kernel's hands.</summary>
    internal void ForEach(Action<Operation> action)
    {
        for (int slot = 0; slot < _used; slot++)
        {
            if (_entries[slot].Operation is { } operation)
            {
                action(operation);
            }
        }
    }

    private struct Entry
    {
        internal Operation? Operation;
        internal uint Generation;
        internal int NextFree;
    }
}
