using System.Security.Cryptography;

namespace UringSharp.Cli.Demo;

/// <summary>A large file of random bytes, and its SHA-256 as FileStream reads it from begin to end.</summary>
internal sealed record DemoFile(string Path, long Length, byte[] Sha256) : DataFile(Path, Length)
{
    internal static new DemoFile Create(string path, long length, IProgress<double> progress, CancellationToken cancellationToken)
    {
        _ = DataFile.Create(path, length, progress, cancellationToken);
        using FileStream reader = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, Chunk, FileOptions.SequentialScan);
        return new DemoFile(path, length, SHA256.HashData(reader));
    }
}
