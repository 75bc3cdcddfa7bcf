namespace UringSharp.Cli.Bench.Rows;

/// <summary>Where the data of a transfer are, or go.</summary>
internal enum Place
{
    /// <summary>In the page cache of the disk's file system.</summary>
    Cached,

    /// <summary>On the disk; the page cache is empty and there is no read-ahead.</summary>
    Cold,

    /// <summary>On the disk, past the page cache.</summary>
    Direct,

    /// <summary>In the page cache beneath an overlay.</summary>
    Overlay,

    /// <summary>In memory.</summary>
    Memory,
}
