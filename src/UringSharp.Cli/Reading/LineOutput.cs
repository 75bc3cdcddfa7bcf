using System.Buffers;
using UringSharp.Cli.Output;

namespace UringSharp.Cli.Reading;

/// <summary>Whole lines, maybe with a label before each, so that those of several inputs are never mixed.</summary>
internal sealed class LineOutput(Lock standardOutput, byte[] label) : IOutput
{
    /// <summary>A line that is longer is cut: an input without line ends must not fill the memory.</summary>
    internal const int MaxLength = 1 << 20;

    private readonly ArrayBufferWriter<byte> _lines = new();

    /// <summary>Bytes of a line that has not ended.</summary>
    private ArrayBufferWriter<byte>? _rest;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            Append(bytes[..end]);
            bytes = bytes[(end + 1)..];
        }

        while (!bytes.IsEmpty)
        {
            _rest ??= new ArrayBufferWriter<byte>();
            int taken = Math.Min(bytes.Length, MaxLength - _rest.WrittenCount);
            _rest.Write(bytes[..taken]);
            bytes = bytes[taken..];
            if (_rest.WrittenCount == MaxLength)
            {
                Append([]);
            }
        }

        Flush();
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_rest is not null)
        {
            Append([]);
            Flush();
        }
    }

    private void Append(ReadOnlySpan<byte> lineEnd)
    {
        _lines.Write(label);
        if (_rest is not null)
        {
            _lines.Write(_rest.WrittenSpan);
            _rest = null;
        }

        _lines.Write(lineEnd);
        _lines.Write("\n"u8);
    }

    private void Flush()
    {
        if (_lines.WrittenCount == 0)
        {
            return;
        }

        lock (standardOutput)
        {
            StandardOutput.Write(_lines.WrittenSpan);
        }

        _lines.ResetWrittenCount();
    }
}
