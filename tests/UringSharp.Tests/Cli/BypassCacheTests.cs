using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Cli.Interop;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Cli;

/// <summary>A baseline that is said to do direct I/O and does not would make every ratio to it wrong.</summary>
public sealed class BypassCacheTests
{
    [Test]
    public void A_descriptor_that_bypasses_the_cache_says_so()
    {
        using TempFolder folder = DiskFolder.Create();
        using SafeFileHandle file = File.OpenHandle(folder.File("file", new byte[4096]), FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);

        LibC.BypassCache(file);

        int direct = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;
        (StatusFlags(file) & direct).Should().Be(direct);
    }

    /// <summary>The octal number behind "flags:" in /proc/self/fdinfo.</summary>
    private static int StatusFlags(SafeFileHandle file) => Convert.ToInt32(
        File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}").First(static line => line.StartsWith("flags:", StringComparison.Ordinal))["flags:".Length..].Trim(), 8);
}
