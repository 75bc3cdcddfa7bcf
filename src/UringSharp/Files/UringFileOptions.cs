namespace UringSharp;

/// <summary>How a <see cref="UringFile"/> is opened.</summary>
public sealed class UringFileOptions
{
    private const UnixFileMode AllPermissions = (UnixFileMode)0xFFF;

    /// <summary>
    /// Bypasses the page cache (O_DIRECT, open(2)). Offset, length and memory of every transfer must then be aligned, see <see cref="AlignedMemoryPool"/>;
    /// a file system that cannot do it answers with <see cref="IOException"/> (EINVAL).
    /// </summary>
    public bool Direct { get; set; }

    /// <summary>
    /// Every write goes to the end of the file, wherever that is by then, atomically with others that append (O_APPEND, open(2)). <b>The offset given to a write
    /// is then ignored</b>, as by pwrite(2) on Linux; reads keep theirs. <see cref="FileMode.Append"/> alone does not do this: it creates the file where there is
    /// none and opens it for writing, at the offsets given.
    /// </summary>
    public bool Append { get; set; }

    /// <summary>
    /// A write ends only when its data, and what is needed to read them back, are on the disk (O_DSYNC, open(2)): as if each were followed by
    /// <see cref="UringFile.FlushAsync"/> for data only.
    /// </summary>
    public bool WriteThrough { get; set; }

    /// <summary>Permissions of a file that is created, cut by the umask; null for 0666 as FileStream has it. Without meaning for a file that exists.</summary>
    /// <exception cref="ArgumentException">The mode has bits beyond the permissions.</exception>
    public UnixFileMode? UnixCreateMode
    {
        get;
        set
        {
            if ((value & ~AllPermissions) is not null and not UnixFileMode.None)
            {
                throw new ArgumentException("The mode has bits beyond the permissions.", nameof(value));
            }

            field = value;
        }
    }

    /// <summary>
    /// Bytes to reserve on the disk for a file that is created or overwritten (fallocate(2)), so that it lies together and a full disk is reported
    /// by the open; its length stays 0. 0 for none; ignored by a file system that cannot. A file that was created and cannot have the room is removed again.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public long PreallocationSize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>The context the file belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</summary>
    public UringContext? Context { get; set; }
}
