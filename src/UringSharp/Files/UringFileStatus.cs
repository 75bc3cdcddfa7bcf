using System.Runtime.InteropServices;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>What the file system knows of a file: statx(2). <see cref="UringFileSystem.StatAsync"/> asks for it.</summary>
public readonly struct UringFileStatus : IEquatable<UringFileStatus>
{
    private const int BlockUnit = 512;

    private readonly NativeFileStatus _status;

    internal UringFileStatus(in NativeFileStatus status) => _status = status;

    /// <summary>The length in bytes; of a symbolic link that of its target's name.</summary>
    public long Length => _status.Length;

    /// <summary>Space taken on the device, in units of 512 bytes whatever <see cref="BlockSize"/> is.</summary>
    public long Blocks => (long)_status.Blocks;

    /// <summary>Space taken on the device, in bytes: less than <see cref="Length"/> where the file has holes.</summary>
    public long AllocatedBytes => (long)_status.Blocks * BlockUnit;

    /// <summary>The inode: with <see cref="Device"/> it tells whether two paths lead to the same file.</summary>
    public ulong Inode => _status.Inode;

    /// <summary>The device the file lies on (st_dev, makedev(3)).</summary>
    public ulong Device => _status.Device;

    /// <summary>The device that a block or character device stands for (st_rdev), else 0.</summary>
    public ulong SpecialDevice => _status.SpecialDevice;

    /// <summary>What kind of thing it is.</summary>
    public UringFileType Type => (UringFileType)_status.Type;

    /// <summary>Permissions, with the set-id and sticky bits.</summary>
    public UnixFileMode Mode => (UnixFileMode)_status.Mode;

    /// <summary>Number of hard links.</summary>
    public long LinkCount => _status.Links;

    /// <summary>User id of the owner.</summary>
    public uint OwnerId => _status.Owner;

    /// <summary>Group id of the owner.</summary>
    public uint GroupId => _status.Group;

    /// <summary>The best size of a transfer, in bytes.</summary>
    public int BlockSize => (int)_status.BlockSize;

    /// <summary>The last access, as far as the mount keeps it (noatime, relatime).</summary>
    public UringFileTime LastAccessTime => TimeOf(_status.AccessTime);

    /// <summary>The last change of the content.</summary>
    public UringFileTime LastWriteTime => TimeOf(_status.WriteTime);

    /// <summary>The last change of the content or of what is known of the file: its mode, owner, links.</summary>
    public UringFileTime ChangeTime => TimeOf(_status.ChangeTime);

    /// <summary>The creation; null where the file system does not keep it.</summary>
    public UringFileTime? BirthTime => _status.HasBirthTime != 0 ? TimeOf(_status.BirthTime) : null;

    /// <summary>What the file system says beyond the mode.</summary>
    public UringFileAttributes Attributes => (UringFileAttributes)_status.Attributes;

    /// <summary>Whether two are alike in everything.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(UringFileStatus left, UringFileStatus right) => left.Equals(right);

    /// <summary>Whether two differ in anything.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(UringFileStatus left, UringFileStatus right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(UringFileStatus other) => BytesOf(in _status).SequenceEqual(BytesOf(in other._status));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is UringFileStatus other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_status.Device, _status.Inode, _status.ChangeTime.Seconds, _status.ChangeTime.Nanoseconds);

    private static ReadOnlySpan<byte> BytesOf(in NativeFileStatus status) => MemoryMarshal.AsBytes(new ReadOnlySpan<NativeFileStatus>(in status));

    private static UringFileTime TimeOf(in NativeTimespec time) => new(time.Seconds, (int)time.Nanoseconds);
}
