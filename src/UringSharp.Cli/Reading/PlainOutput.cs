using UringSharp.Cli.Output;

namespace UringSharp.Cli.Reading;

/// <summary>Bytes as they come. One input at a time writes, so that what was read at once stays together.</summary>
internal sealed class PlainOutput(Lock standardOutput) : IOutput
{
    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (standardOutput)
        {
            StandardOutput.Write(bytes);
        }
    }

    /// <inheritdoc/>
    public void End()
    {
    }
}
