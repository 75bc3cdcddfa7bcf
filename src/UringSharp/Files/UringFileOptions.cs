namespace UringSharp;

/// <summary>How a <see cref="UringFile"/> is opened.</summary>
public sealed class UringFileOptions
{
    /// <summary>
    /// Bypasses the page cache (O_DIRECT, open(2)). Offset, length and memory of every transfer must then be aligned, see <see cref="AlignedMemoryPool"/>;
    /// a file system that cannot do it answers with <see cref="IOException"/> (EINVAL).
    /// </summary>
    public bool Direct { get; set; }

    /// <summary>The context the file belongs to; null for <see cref="UringContext.Default"/>.</summary>
    public UringContext? Context { get; set; }
}
