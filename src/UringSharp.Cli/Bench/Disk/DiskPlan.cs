namespace UringSharp.Cli.Bench.Disk;

/// <summary>What of a disk is to be measured.</summary>
/// <param name="File">A file that is there, and is only read; null where one is made in <paramref name="Folder"/>.</param>
/// <param name="Folder">Where a file is made; null for the best place there is.</param>
/// <param name="Length">How much of the file is used; null for <see cref="DefaultLength"/>, or what there is.</param>
/// <param name="IsDirect">Whether past the page cache.</param>
/// <param name="IsBuffered">Whether through it.</param>
/// <param name="Depths">How many in flight, one after another.</param>
internal sealed record DiskPlan(string? File, string? Folder, long? Length, bool IsDirect, bool IsBuffered, IReadOnlyList<int> Depths)
{
    /// <summary>Less than that is no disk's work.</summary>
    internal const long LeastLength = 1 << 20;

    /// <summary>What the course of the reads fits in memory for.</summary>
    internal const long MostLength = 1L << 40;

    /// <summary>Enough for a disk to show itself, and written within seconds.</summary>
    internal const long DefaultLength = 512 << 20;

    /// <summary>A file of its own is opened for each by FileStream.</summary>
    internal const int MostDepth = 512;

    internal static IReadOnlyList<int> DefaultDepths { get; } = [1, 4, 32];

    /// <summary>How long it takes: all of it less than a minute.</summary>
    internal static BenchPlan Pace { get; } = new(Rounds: 5, TimeSpan.FromMilliseconds(120), DefaultLength, RowLimit: TimeSpan.FromSeconds(1.5));

    /// <summary>Whether it may be written to: only what was made for it.</summary>
    internal bool MayWrite => File is null;

    /// <summary>Whether direct I/O was asked for by name, so that it is no use without.</summary>
    internal bool NeedsDirect => IsDirect && !IsBuffered;
}
