using System.Text;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>An open folder and its entries, read in batches: getdents64(2). May block: for a thread of the blocking pool, one at a time.</summary>
internal sealed class FolderReader : IDisposable
{
    private const int BatchSize = 32 * 1024;

    // struct linux_dirent64: d_ino, d_off, d_reclen, d_type, d_name.
    private const int OffsetOfLength = 16;
    private const int OffsetOfType = 18;
    private const int OffsetOfName = 19;

    /// <summary>d_type is the file type's bits shifted so far down (DTTOIF).</summary>
    private const int TypeShift = 12;

    private readonly SafeFileHandle _handle;
    private readonly byte[] _path;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BatchSize);

    private FolderReader(SafeFileHandle handle, byte[] path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>One entry.</summary>
    /// <param name="Name">Its name as the kernel keeps it, whatever the encoding.</param>
    /// <param name="Type">Its type; unknown on file systems that do not tell.</param>
    /// <param name="Inode">Its inode.</param>
    internal readonly record struct Entry(byte[] Name, NativeFileType Type, ulong Inode);

    /// <summary>Opens a folder by a path that ends with a NUL: the reader, or null and -errno.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether a link at its end may be one to a folder.</param>
    /// <param name="error">0, or -errno.</param>
    internal static unsafe FolderReader? Open(byte[] path, bool followLinks, out int error)
    {
        NativeOpenFlags flags = NativeOpenFlags.ReadOnly | NativeOpenFlags.Directory | (followLinks ? 0 : NativeOpenFlags.Nofollow);

        // SAFETY: the array is pinned for the call.
        fixed (byte* native = path)
        {
            int descriptor = NativeMethods.Open(native, (uint)flags, 0);
            error = Math.Min(descriptor, 0);
            return descriptor < 0 ? null : new FolderReader(new SafeFileHandle(descriptor, ownsHandle: true), path);
        }
    }

    /// <summary>A path as C takes it.</summary>
    internal static byte[] Encode(string path)
    {
        byte[] encoded = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, encoded);
        return encoded;
    }

    /// <summary>The path of an entry of a folder, as C takes it.</summary>
    internal static byte[] Join(byte[] folder, byte[] name)
    {
        ReadOnlySpan<byte> parent = folder.AsSpan(0, folder.Length - 1);
        return [.. parent, .. parent.EndsWith("/"u8) ? default : "/"u8, .. name, 0];
    }

    /// <summary>Deletes what is at a path, no folder: unlink(2).</summary>
    internal static unsafe int DeleteFile(byte[] path)
    {
        // SAFETY: the array is pinned for the call.
        fixed (byte* native = path)
        {
            return NativeMethods.DeleteFile(native);
        }
    }

    /// <summary>Deletes an empty folder: rmdir(2).</summary>
    internal static unsafe int DeleteFolder(byte[] path)
    {
        // SAFETY: the array is pinned for the call.
        fixed (byte* native = path)
        {
            return NativeMethods.DeleteFolder(native);
        }
    }

    /// <summary>Adds the next entries to a list, without . and .., their types looked up where the folder does not tell. Returns how much was read, 0 at the end, or -errno.</summary>
    internal int Read(List<Entry> entries)
    {
        int length = FileCalls.ReadFolder(_handle, _buffer);
        for (int position = 0; position < length;)
        {
            ReadOnlySpan<byte> record = _buffer.AsSpan(position, length - position);
            int recordLength = BitConverter.ToUInt16(record[OffsetOfLength..]);
            ReadOnlySpan<byte> name = record[OffsetOfName..recordLength];
            name = name[..name.IndexOf((byte)0)];
            position += recordLength;
            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                continue;
            }

            byte[] ownName = name.ToArray();
            var type = (NativeFileType)(record[OffsetOfType] << TypeShift);
            entries.Add(new Entry(ownName, type == NativeFileType.Unknown ? LookUp(ownName) : type, BitConverter.ToUInt64(record)));
        }

        return length;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private unsafe NativeFileType LookUp(byte[] name)
    {
        NativeFileStatus status;

        // SAFETY: the array is pinned for the call; status is a local.
        fixed (byte* native = Join(_path, name))
        {
            return NativeMethods.Status(native, (uint)NativePathFlags.NoFollow, &status) == 0 ? (NativeFileType)status.Type : NativeFileType.Unknown;
        }
    }
}
