using System.Buffers.Binary;

namespace UringSharp.Tests.Pipes;

/// <summary>
/// Checks the bytes of numbered messages, cut anywhere: a message begins with its number, 8 bytes, little-endian, from 0 on; every other byte is
/// the number modulo 251 (tests/native/child-writer.c).
/// </summary>
internal sealed class NumberedStream(int messageSize)
{
    private const int NumberSize = 8;
    private const int FillModulus = 251;

    private readonly byte[] _expected = Message(0, messageSize);
    private int _position;

    /// <summary>Messages that have arrived as a whole.</summary>
    public long Messages { get; private set; }

    /// <summary>Bytes that have arrived.</summary>
    public long Bytes => (Messages * messageSize) + _position;

    /// <summary>Whether the last message is whole.</summary>
    public bool IsWhole => _position == 0;

    /// <summary>One message.</summary>
    public static byte[] Message(long number, int size)
    {
        byte[] message = new byte[size];
        Fill(message, number);
        return message;
    }

    /// <summary>Takes the next bytes; fails the test at the first that is lost, doubled or out of order.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, messageSize - _position);
            if (!bytes[..count].SequenceEqual(_expected.AsSpan(_position, count)))
            {
                Assert.Fail($"Lost, doubled or reordered after byte {Bytes}, in message {Messages}: expected "
                    + $"{Convert.ToHexString(_expected.AsSpan(_position, count))}, got {Convert.ToHexString(bytes[..count])}.");
            }

            bytes = bytes[count..];
            _position += count;
            if (_position == messageSize)
            {
                _position = 0;
                Fill(_expected, ++Messages);
            }
        }
    }

    private static void Fill(byte[] message, long number)
    {
        message.AsSpan().Fill((byte)(number % FillModulus));
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(0, NumberSize), number);
    }
}
