namespace UringSharp.Interop;

/// <summary>Checks of a path as FileStream makes them.</summary>
internal static class PathArgument
{
    /// <summary>The full path.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    /// <exception cref="ArgumentException">It is empty or holds a NUL.</exception>
    internal static string Check(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains('\0'))
        {
            throw new ArgumentException("Null character in path.", nameof(path));
        }

        return Path.GetFullPath(path);
    }
}
