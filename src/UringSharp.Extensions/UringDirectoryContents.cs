using System.Collections;
using Microsoft.Extensions.FileProviders;

namespace UringSharp.Extensions;

/// <summary>What is in a folder, each file as this library reads it.</summary>
internal sealed class UringDirectoryContents(IDirectoryContents contents, Func<IFileInfo, IFileInfo> wrap) : IDirectoryContents
{
    /// <inheritdoc/>
    public bool Exists => true;

    /// <inheritdoc/>
    public IEnumerator<IFileInfo> GetEnumerator() => contents.Select(wrap).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
