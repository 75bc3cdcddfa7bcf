namespace UringSharp;

/// <summary>What <see cref="UringFile.AllocateAsync"/> does with a range of a file: the modes of fallocate(2). Not every file system knows every one.</summary>
public enum FileAllocation
{
    /// <summary>Reserves space; the file grows where the range ends beyond it. What lay there stays, the rest reads as zeros.</summary>
    Reserve,

    /// <summary>Reserves space, also beyond the end; the file's length stays (FALLOC_FL_KEEP_SIZE).</summary>
    ReserveKeepingLength,

    /// <summary>Gives the space back: the range reads as zeros and takes no room; the file's length stays (FALLOC_FL_PUNCH_HOLE).</summary>
    PunchHole,

    /// <summary>Makes the range read as zeros, with its space reserved; the file grows where the range ends beyond it (FALLOC_FL_ZERO_RANGE).</summary>
    Zero,

    /// <summary>Takes the range out of the file: what lies behind it moves up. Offset and length must be multiples of the file system's block (FALLOC_FL_COLLAPSE_RANGE).</summary>
    Collapse,

    /// <summary>Inserts a hole: what lies there and behind moves down. Offset and length must be multiples of the file system's block (FALLOC_FL_INSERT_RANGE).</summary>
    Insert,
}
