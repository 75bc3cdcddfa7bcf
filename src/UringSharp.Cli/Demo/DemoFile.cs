using System.Runtime.InteropServices;
using System.Security.Cryptography;
using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Demo;

/// <summary>A large file of random bytes, and its SHA-256 as FileStream reads it from begin to end.</summary>
internal sealed record DemoFile(string Path, long Length, byte[] Sha256)
{
    private const int Chunk = 1 << 20;

    internal static DemoFile Create(string path, long length, IProgress<double> progress, CancellationToken cancellationToken)
    {
        Write(path, length, progress, cancellationToken);
        using FileStream reader = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, Chunk, FileOptions.SequentialScan);
        return new DemoFile(path, length, SHA256.HashData(reader));
    }

    /// <summary>Drops it from the page cache, so that the next reads come from the disk.</summary>
    internal void Evict()
    {
        using FileStream file = new(Path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
        LibC.Evict(file.SafeFileHandle);
    }

    /// <summary>Brings all of it into the page cache.</summary>
    internal void Cache(CancellationToken cancellationToken)
    {
        byte[] chunk = new byte[Chunk];
        using FileStream file = new(Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        while (file.Read(chunk) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static void Write(string path, long length, IProgress<double> progress, CancellationToken cancellationToken)
    {
        byte[] chunk = new byte[Chunk];
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(chunk.AsSpan());
        SplitMix random = new(1);
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (long written = 0; written < length; written += Chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (ref ulong word in words)
            {
                word = random.Next();
            }

            file.Write(chunk);
            progress.Report((double)written / length);
        }

        file.Flush(flushToDisk: true);
    }
}
