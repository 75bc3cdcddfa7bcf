using System.Runtime.CompilerServices;

namespace UringSharp.Interop;

/// <summary>Checks of a path as FileStream makes them.</summary>
internal static class PathArgument
{
    /// <summary>The full path: the very same string where it is full already.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    /// <exception cref="ArgumentException">It is empty or holds a NUL.</exception>
    internal static string Check(string path, [CallerArgumentExpression(nameof(path))] string name = "path")
    {
        ArgumentException.ThrowIfNullOrEmpty(path, name);
        return path.Contains('\0') ? throw new ArgumentException("Null character in path.", name) : MakeFull(path);
    }

    /// <summary>The full path of one that has been checked.</summary>
    private static string MakeFull(string path) =>
        path[0] == '/' && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal) ? path : Path.GetFullPath(path);
}
