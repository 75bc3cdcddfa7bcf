using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace UringSharp.Samples.Web.Files;

/// <summary>PhysicalFileProvider whose files tell no path, so that its streams are used. For comparison.</summary>
internal sealed class StreamedFileProvider(string root) : IFileProvider, IDisposable
{
    private readonly PhysicalFileProvider _files = new(root);

    public IFileInfo GetFileInfo(string subpath) => _files.GetFileInfo(subpath) is { Exists: true } file ? new StreamedFile(file) : new NotFoundFileInfo(subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) => _files.GetDirectoryContents(subpath);

    public IChangeToken Watch(string filter) => _files.Watch(filter);

    public void Dispose() => _files.Dispose();

    private sealed class StreamedFile(IFileInfo file) : IFileInfo
    {
        public bool Exists => file.Exists;

        public bool IsDirectory => file.IsDirectory;

        public DateTimeOffset LastModified => file.LastModified;

        public long Length => file.Length;

        public string Name => file.Name;

        public string? PhysicalPath => null;

        public Stream CreateReadStream() => file.CreateReadStream();
    }
}
