namespace UringSharp.Cli.Bench.Rows;

/// <summary>How streams are opened, the same for all contenders.</summary>
internal static class StreamOptions
{
    /// <summary>The default of FileStream.</summary>
    internal const int SmallBuffer = 4 << 10;

    /// <summary>What those choose who have measured.</summary>
    internal const int LargeBuffer = 128 << 10;

    internal static FileStreamOptions Reading(int bufferSize = SmallBuffer) => new()
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite,
        Options = FileOptions.Asynchronous,
        BufferSize = bufferSize,
    };

    internal static FileStreamOptions Writing(int bufferSize = SmallBuffer) => new()
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.None,
        Options = FileOptions.Asynchronous,
        BufferSize = bufferSize,
    };
}
