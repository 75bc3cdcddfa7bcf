using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>A file of 64 MiB and a bit that many tests read; written when first needed.</summary>
internal static class BigFile
{
    public const long Length = (64L << 20) + 1234;

    public static readonly FileContent Content = new(20260101);

    private static readonly Lazy<TempFolder> s_folder = new(static () =>
    {
        TempFolder folder = DiskFolder.Create();
        Content.Write(folder["big"], Length);
        return folder;
    });

    public static string Path => s_folder.Value["big"];

    /// <summary>Its path, with nothing of it in the page cache.</summary>
    public static string Cold()
    {
        Libc.Evict(Path);
        return Path;
    }

    public static void Delete()
    {
        if (s_folder.IsValueCreated)
        {
            s_folder.Value.Dispose();
        }
    }
}
