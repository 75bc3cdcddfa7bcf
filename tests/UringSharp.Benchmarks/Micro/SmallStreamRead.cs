using BenchmarkDotNet.Attributes;

namespace UringSharp.Benchmarks.Micro;

/// <summary>A read of 64 bytes from a stream with a buffer.</summary>
[MemoryDiagnoser]
public class SmallStreamRead
{
    private const int Reads = 4096;
    private const int BlockSize = 64;

    private readonly byte[] _block = new byte[BlockSize];
    private UringFileStream _uring = null!;
    private FileStream _stream = null!;

    [GlobalSetup]
    public void Open()
    {
        string path = MicroFolder.File("small", BlockSize * Reads);
        FileStreamOptions options = new() { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, Options = FileOptions.Asynchronous };
        _uring = new UringFileStream(path, options);
        _stream = new FileStream(path, options);
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _uring.DisposeAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    [Benchmark(OperationsPerInvoke = Reads)]
    public Task<int> UringSharp() => ReadAsync(_uring);

    [Benchmark(OperationsPerInvoke = Reads, Baseline = true)]
    public Task<int> ByFileStream() => ReadAsync(_stream);

    private async Task<int> ReadAsync(Stream stream)
    {
        stream.Position = 0;
        int total = 0;
        for (int i = 0; i < Reads; i++)
        {
            total += await stream.ReadAsync(_block).ConfigureAwait(false);
        }

        return total;
    }
}
