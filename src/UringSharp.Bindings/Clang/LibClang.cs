using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace UringSharp.Bindings.Clang;

/// <summary>Finds libclang at run time: distributions name the library differently, and any version from 14 on will do.</summary>
internal static class LibClang
{
    /// <summary>The name the imports ask for; never looked up under this name itself.</summary>
    internal const string Name = "libclang";

    private const int OldestVersion = 14;
    private const int NewestVersion = 22;

    private static readonly Lazy<(nint Handle, string Reason)> s_library = new(Load);

    /// <summary>Whether a usable libclang is there; where not, <paramref name="reason"/> says what was looked for.</summary>
    internal static bool IsAvailable(out string reason)
    {
        (nint handle, reason) = s_library.Value;
        return handle != 0;
    }

    private static (nint Handle, string Reason) Load()
    {
        nint handle = Candidates().Select(TryLoad).FirstOrDefault(candidate => candidate != 0);
        if (handle == 0)
        {
            return (0, $"no libclang found (looked for libclang.so.1, libclang-{OldestVersion}.so.1 to libclang-{NewestVersion}.so.1, "
                + "/usr/lib/llvm*/lib/libclang*.so*); on Debian and Ubuntu: apt-get install libclang1-14 libclang-common-14-dev, "
                + "or any later version");
        }

        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Name ? handle : 0);
        string version = ClangMethods.ClangVersion().TakeText();
        return TryParseMajor(version, out int major) && major >= OldestVersion
            ? (handle, "")
            : (0, $"libclang {OldestVersion} or later is needed, and this is '{version}'");
    }

    /// <summary>The first number in a text such as "Debian clang version 14.0.6".</summary>
    internal static bool TryParseMajor(string version, out int major)
    {
        string digits = string.Concat(version.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit));
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out major);
    }

    private static nint TryLoad(string path) => NativeLibrary.TryLoad(path, out nint handle) ? handle : 0;

    private static IEnumerable<string> Candidates()
    {
        yield return "libclang.so.1";
        for (int version = OldestVersion; version <= NewestVersion; version++)
        {
            // Debian's name, then Fedora's.
            yield return $"libclang-{version}.so.1";
            yield return $"libclang.so.{version}";
        }

        // The name every other distribution gives it: the interface's version, which has stood still since LLVM 13.
        yield return "libclang.so.13";

        IEnumerable<string> installed = SystemFolders.Matching("/usr/lib", "llvm*")
            .SelectMany(folder => SystemFolders.Files(Path.Combine(folder, "lib"), "libclang*.so*"))
            .Where(path => !Path.GetFileName(path).StartsWith("libclang-cpp", StringComparison.Ordinal));
        foreach (string path in installed)
        {
            yield return path;
        }
    }
}
