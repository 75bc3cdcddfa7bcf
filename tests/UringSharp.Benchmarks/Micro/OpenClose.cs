using BenchmarkDotNet.Attributes;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Benchmarks.Micro;

/// <summary>Opening a file and closing it.</summary>
[MemoryDiagnoser]
public class OpenClose
{
    private const int Opens = 256;

    private string _path = string.Empty;

    [GlobalSetup]
    public void Create() => _path = MicroFolder.File("open", length: 1);

    [Benchmark(OperationsPerInvoke = Opens)]
    public async Task UringSharp()
    {
        for (int i = 0; i < Opens; i++)
        {
            UringFile file = await UringFile.OpenAsync(_path, FileMode.Open, FileAccess.Read).ConfigureAwait(false);
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    [Benchmark(OperationsPerInvoke = Opens, Baseline = true)]
    public void ByOpenHandle()
    {
        for (int i = 0; i < Opens; i++)
        {
            using SafeFileHandle file = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);
        }
    }

    [Benchmark(OperationsPerInvoke = Opens)]
    public async Task ByFileStream()
    {
        for (int i = 0; i < Opens; i++)
        {
            FileStream file = new(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.Asynchronous);
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }
}
