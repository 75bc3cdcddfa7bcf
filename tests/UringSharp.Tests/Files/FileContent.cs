using System.Buffers.Binary;

namespace UringSharp.Tests.Files;

/// <summary>Content that is checked at any offset without keeping it: each 8 bytes mix their position and a seed.</summary>
internal sealed class FileContent(int seed)
{
    public int Seed => seed;

    /// <summary>Writes a file of this content.</summary>
    public string Write(string path, long length)
    {
        byte[] buffer = new byte[1 << 20];
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        for (long offset = 0; offset < length; offset += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset));
            Fill(part, offset);
            file.Write(part);
        }

        return path;
    }

    public void Fill(Span<byte> target, long offset)
    {
        Span<byte> word = stackalloc byte[8];
        while (!target.IsEmpty)
        {
            int skipped = (int)(offset & 7);
            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix(offset >> 3));
            Span<byte> part = word[skipped..Math.Min(8, skipped + target.Length)];
            part.CopyTo(target);
            target = target[part.Length..];
            offset += part.Length;
        }
    }

    public byte[] At(long offset, int length)
    {
        byte[] bytes = new byte[length];
        Fill(bytes, offset);
        return bytes;
    }

    public bool IsAt(ReadOnlySpan<byte> bytes, long offset) => bytes.SequenceEqual(At(offset, bytes.Length));

    public void ShouldBe(ReadOnlySpan<byte> bytes, long offset)
    {
        if (!IsAt(bytes, offset))
        {
            int first = bytes.CommonPrefixLength(At(offset, bytes.Length));
            Assert.Fail($"Seed {seed}: of {bytes.Length} bytes read at {offset} the one at index {first} is wrong.");
        }
    }

    private ulong Mix(long position)
    {
        // The finaliser of SplitMix64.
        ulong mixed = (ulong)position + ((ulong)seed * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
