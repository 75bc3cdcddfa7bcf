using System.Reflection;
using System.Runtime.InteropServices;
using UringSharp.Interop.Native;

namespace UringSharp.Tests.Bindings;

public sealed class ExportTests : BindingsFixture
{
    [Test]
    public void Every_function_of_the_header_is_exported_by_the_library()
    {
        nint library = NativeLibrary.Load(Path.Combine(NativeDirectory, "liburingsharp.so"));
        try
        {
            string[] symbols =
            [
                .. typeof(NativeMethods).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
                    .Select(method => method.GetCustomAttribute<DllImportAttribute>()?.EntryPoint)
                    .OfType<string>(),
            ];

            symbols.Should().NotBeEmpty();
            symbols.Where(symbol => !NativeLibrary.TryGetExport(library, symbol, out _)).Should().BeEmpty();
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }
}
