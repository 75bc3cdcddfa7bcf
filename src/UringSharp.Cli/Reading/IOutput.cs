namespace UringSharp.Cli.Reading;

/// <summary>Where one input goes.</summary>
internal interface IOutput
{
    /// <summary>Takes the next bytes.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>The input has ended.</summary>
    void End();
}
