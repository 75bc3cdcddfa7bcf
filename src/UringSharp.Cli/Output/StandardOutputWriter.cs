using System.Text;

namespace UringSharp.Cli.Output;

/// <summary>Text to <see cref="StandardOutput"/>, so that a reader who has left ends the command instead of being written to in vain.</summary>
internal sealed class StandardOutputWriter : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => StandardOutput.Write(Encoding.UTF8.GetBytes(buffer.ToArray()));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + Environment.NewLine);
}
