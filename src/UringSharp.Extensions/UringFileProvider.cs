using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace UringSharp.Extensions;

/// <summary>
/// The files of a folder, as <see cref="PhysicalFileProvider"/> has them, read by <see cref="UringFileStream"/>: what is in the page cache at once, what is not without a thread that waits for the
/// disk. Changes are watched by <see cref="PhysicalFileProvider"/>.
/// <para>
/// Its files tell no <see cref="IFileInfo.PhysicalPath"/>. Who is told one, as ASP.NET Core's static files are, opens the path by FileStream and never asks for <see cref="IFileInfo.CreateReadStream"/>.
/// </para>
/// </summary>
public sealed class UringFileProvider : IFileProvider, IDisposable
{
    private readonly PhysicalFileProvider _files;
    private readonly UringContext? _context;

    /// <summary>Provides the files of a folder. Hidden ones, whose names begin with a dot, are left out.</summary>
    /// <param name="root">Its absolute path.</param>
    /// <param name="context">The context the streams belong to; null for <see cref="UringContext.Default"/>. It is not disposed.</param>
    /// <exception cref="ArgumentException">The path is not absolute.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public UringFileProvider(string root, UringContext? context = null)
    {
        _files = new PhysicalFileProvider(root);
        _context = context;
    }

    /// <summary>The folder's path.</summary>
    public string Root => _files.Root;

    /// <inheritdoc/>
    public IFileInfo GetFileInfo(string subpath) => Wrap(_files.GetFileInfo(subpath));

    /// <inheritdoc/>
    public IDirectoryContents GetDirectoryContents(string subpath)
    {
        IDirectoryContents contents = _files.GetDirectoryContents(subpath);
        return contents.Exists ? new UringDirectoryContents(contents, Wrap) : contents;
    }

    /// <inheritdoc/>
    public IChangeToken Watch(string filter) => _files.Watch(filter);

    /// <summary>Ends the watching. Streams that are open stay so.</summary>
    public void Dispose() => _files.Dispose();

    private IFileInfo Wrap(IFileInfo file) => file is { Exists: true, IsDirectory: false, PhysicalPath: { } path } ? new UringFileInfo(file, path, _context) : file;
}
