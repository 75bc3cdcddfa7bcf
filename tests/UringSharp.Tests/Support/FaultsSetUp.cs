using System.Globalization;
using System.Runtime.InteropServices;

namespace UringSharp.Tests;

/// <summary>
/// For the whole assembly, where liburingsharp.so is the library that errs often (native/src/faults.h): says how often it did, for whoever reads the file that
/// URINGSHARP_FAULTS_REPORT names.
/// </summary>
[SetUpFixture]
public sealed unsafe class FaultsSetUp
{
    private static readonly string[] s_kinds =
        ["enter", "short-submit", "delay", "reorder", "overflow", "refuse", "cut", "interrupt", "again", "late-cancel", "no-memory"];

    [OneTimeTearDown]
    public void Report()
    {
        if (Environment.GetEnvironmentVariable("URINGSHARP_FAULTS_REPORT") is not { Length: > 0 } report)
        {
            return;
        }

        // The same file as the loader's, so the same library.
        nint library = NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "liburingsharp.so"));
        ulong[] counts = new ulong[s_kinds.Length];
        ulong sum;

        // SAFETY: the library stays loaded, and writes as many counts as there is room for.
        fixed (ulong* pointer = counts)
        {
            sum = ((delegate* unmanaged<ulong*, uint, ulong>)NativeLibrary.GetExport(library, "us_faults_counts"))(pointer, (uint)counts.Length);
        }

        string kinds = string.Join(", ", s_kinds.Zip(counts, (kind, count) => string.Create(CultureInfo.InvariantCulture, $"{kind} {count}")));
        File.AppendAllText(report, string.Create(CultureInfo.InvariantCulture, $"{sum} {kinds}\n"));
    }
}
