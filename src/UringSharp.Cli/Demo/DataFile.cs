using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Demo;

/// <summary>A large file of random bytes.</summary>
internal record DataFile(string Path, long Length)
{
    private protected const int Chunk = 1 << 20;

    internal static DataFile Create(string path, long length, IProgress<double> progress, CancellationToken cancellationToken)
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
        return new DataFile(path, length);
    }

    /// <summary>Drops it from the page cache, so that the next reads come from the disk.</summary>
    internal void Evict()
    {
        using FileStream file = new(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
        LibC.Evict(file.SafeFileHandle);
    }

    /// <summary>Brings all of it into the page cache.</summary>
    internal void Cache(CancellationToken cancellationToken)
    {
        byte[] chunk = new byte[Chunk];
        using FileStream file = new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        while (file.Read(chunk) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Brings all of it into the page cache as a program does that writes single blocks. How it got there matters: read or written in large pieces it lies in
    /// large folios, and a write of 4 KiB into one of those takes ext4 up to 15 times as long (27 instead of 2 µs, Linux 6.18).
    /// </summary>
    internal void CacheInBlocks(int blockSize, CancellationToken cancellationToken)
    {
        Evict();
        byte[] block = new byte[blockSize];
        Random.Shared.NextBytes(block);
        using SafeFileHandle file = File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (long offset = 0; offset + blockSize <= Length && !cancellationToken.IsCancellationRequested; offset += blockSize)
        {
            RandomAccess.Write(file, block, offset);
        }

        RandomAccess.FlushToDisk(file);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
