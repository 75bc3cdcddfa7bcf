using System.Buffers;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>A file whose every read goes through the ring, and memory to read it into.</summary>
internal sealed class DirectFile : IDisposable
{
    /// <summary>Bytes of a block, the unit of direct I/O.</summary>
    public const int BlockSize = 4096;

    private readonly AlignedMemoryPool _pool = new();

    private DirectFile(UringFile file) => File = file;

    /// <summary>The file, of 16 blocks; each holds its number, over and over.</summary>
    public UringFile File { get; }

    public static async Task<DirectFile> OpenAsync(TempFolder folder, UringContext context, string name = "direct")
    {
        byte[] content = [.. Enumerable.Range(0, 16 * BlockSize).Select(i => (byte)(i / BlockSize))];
        UringFileOptions options = new() { Direct = true, Context = context };
        return new DirectFile(await UringFile.OpenAsync(folder.File(name, content), FileMode.Open, FileAccess.Read, options).ConfigureAwait(false));
    }

    /// <summary>Memory for a block.</summary>
    public IMemoryOwner<byte> Rent() => _pool.Rent(BlockSize);

    public void Dispose()
    {
        File.Dispose();
        _pool.Dispose();
    }
}
