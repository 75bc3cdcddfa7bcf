using BenchmarkDotNet.Attributes;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Benchmarks.Micro;

/// <summary>A read of 4 KiB that the page cache answers.</summary>
[MemoryDiagnoser]
public class CachedRead
{
    private const int Reads = 1024;
    private const int BlockSize = 4096;
    private const int Blocks = 256;

    private readonly byte[] _block = new byte[BlockSize];
    private UringFile _uring = null!;
    private SafeFileHandle _handle = null!;
    private FileStream _stream = null!;

    [GlobalSetup]
    public async Task OpenAsync()
    {
        string path = MicroFolder.File("cached", BlockSize * Blocks);
        _uring = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read).ConfigureAwait(false);
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.Asynchronous);
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _uring.DisposeAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        _handle.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Reads)]
    public async Task<int> UringSharp()
    {
        int total = 0;
        for (int i = 0; i < Reads; i++)
        {
            total += await _uring.ReadAsync(_block, i % Blocks * BlockSize).ConfigureAwait(false);
        }

        return total;
    }

    [Benchmark(OperationsPerInvoke = Reads, Baseline = true)]
    public async Task<int> ByRandomAccess()
    {
        int total = 0;
        for (int i = 0; i < Reads; i++)
        {
            total += await RandomAccess.ReadAsync(_handle, _block, i % Blocks * BlockSize).ConfigureAwait(false);
        }

        return total;
    }

    [Benchmark(OperationsPerInvoke = Reads)]
    public async Task<int> ByFileStream()
    {
        int total = 0;
        for (int i = 0; i < Reads; i++)
        {
            _stream.Seek(i % Blocks * BlockSize, SeekOrigin.Begin);
            total += await _stream.ReadAsync(_block).ConfigureAwait(false);
        }

        return total;
    }
}
