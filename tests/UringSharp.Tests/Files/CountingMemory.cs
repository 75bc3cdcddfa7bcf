using System.Buffers;
using System.Runtime.InteropServices;

namespace UringSharp.Tests.Files;

/// <summary>Memory outside the managed heap that counts its pins and can be made to misbehave.</summary>
internal sealed unsafe class CountingMemory(int length, int alignment = 4096) : MemoryManager<byte>
{
    private void* _memory = NativeMemory.AlignedAlloc((nuint)length, (nuint)alignment);
    private int _pins;
    private int _pinsEver;

    public bool ThrowsOnPin { get; set; }

    public bool ThrowsOnSpan { get; set; }

    /// <summary>Pins not yet undone.</summary>
    public int Pins => Volatile.Read(ref _pins);

    public int PinsEver => Volatile.Read(ref _pinsEver);

    public override Span<byte> GetSpan() => ThrowsOnSpan ? throw new TimeZoneNotFoundException("span") : new Span<byte>(_memory, length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        if (ThrowsOnPin)
        {
            throw new TimeZoneNotFoundException("pin");
        }

        Interlocked.Increment(ref _pins);
        Interlocked.Increment(ref _pinsEver);
        return new MemoryHandle((byte*)_memory + elementIndex, pinnable: this);
    }

    public override void Unpin() => Interlocked.Decrement(ref _pins);

    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
