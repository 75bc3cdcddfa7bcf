using BenchmarkDotNet.Attributes;

namespace UringSharp.Benchmarks.Micro;

/// <summary>A read of 64 bytes that wait in a pipe already. The write(2) that brings them there is part of both figures.</summary>
[MemoryDiagnoser]
public class ReadyPipeRead
{
    private const int Reads = 1024;

    private readonly byte[] _message = new byte[64];
    private readonly byte[] _block = new byte[64];
    private FileStream _uringWriter = null!;
    private FileStream _streamWriter = null!;
    private UringPipeStream _uring = null!;
    private FileStream _stream = null!;

    [GlobalSetup]
    public async Task OpenAsync()
    {
        (string uring, string stream) = (Fifo(), Fifo());
        _uring = await NamedPipe.OpenReadAsync(uring).ConfigureAwait(false);
        _uringWriter = new FileStream(uring, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

        // For writing as well: open(2) for reading alone waits for a writer.
        _stream = new FileStream(stream, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
        _streamWriter = new FileStream(stream, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _uring.DisposeAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _uringWriter.DisposeAsync().ConfigureAwait(false);
        await _streamWriter.DisposeAsync().ConfigureAwait(false);
    }

    [Benchmark(OperationsPerInvoke = Reads)]
    public Task<int> UringSharp() => ReadAsync(_uringWriter, _uring);

    [Benchmark(OperationsPerInvoke = Reads, Baseline = true)]
    public Task<int> ByFileStream() => ReadAsync(_streamWriter, _stream);

    private static string Fifo()
    {
        string path = Path.Combine(MicroFolder.Path, Guid.NewGuid().ToString("N"));
        NamedPipe.Create(path);
        return path;
    }

    private async Task<int> ReadAsync(FileStream writer, Stream reader)
    {
        int total = 0;
        for (int i = 0; i < Reads; i++)
        {
            writer.Write(_message);
            total += await reader.ReadAsync(_block).ConfigureAwait(false);
        }

        return total;
    }
}
