using Microsoft.Extensions.FileProviders;

namespace UringSharp.Extensions;

/// <summary>A file of <see cref="UringFileProvider"/>. What it tells is from when it was looked up.</summary>
internal sealed class UringFileInfo(IFileInfo file, string path, UringContext? context) : IFileInfo
{
    /// <inheritdoc/>
    public bool Exists => file.Exists;

    /// <inheritdoc/>
    public bool IsDirectory => false;

    /// <inheritdoc/>
    public DateTimeOffset LastModified => file.LastModified;

    /// <inheritdoc/>
    public long Length => file.Length;

    /// <inheritdoc/>
    public string Name => file.Name;

    /// <summary>None: see <see cref="UringFileProvider"/>.</summary>
    public string? PhysicalPath => null;

    /// <summary>Opens the file as PhysicalFileProvider does, without a buffer: whoever copies it has one.</summary>
    /// <returns>A <see cref="UringFileStream"/>.</returns>
    public Stream CreateReadStream() => new UringFileStream(
        path,
        new FileStreamOptions { Share = FileShare.ReadWrite, BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan },
        context);
}
