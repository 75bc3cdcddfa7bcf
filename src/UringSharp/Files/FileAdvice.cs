namespace UringSharp;

/// <summary>How a range of a file will be used: what <see cref="UringFile.AdviseAsync"/> tells the kernel, posix_fadvise(2).</summary>
public enum FileAdvice
{
    /// <summary>In no special way. Undoes the two that follow.</summary>
    Normal,

    /// <summary>At random: nothing is read ahead, in the whole file, through this descriptor.</summary>
    Random,

    /// <summary>From start to end: twice as much is read ahead, in the whole file, through this descriptor.</summary>
    Sequential,

    /// <summary>Soon: the kernel begins to read the range into the page cache.</summary>
    WillNeed,

    /// <summary>No more: what is clean of the range leaves the page cache. What was written and is not on the disk stays: flush first.</summary>
    DontNeed,

    /// <summary>Once: the range need not be kept for long.</summary>
    NoReuse,
}
