using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>Finds liburingsharp.so beside the assembly and checks that it speaks the interface the bindings were made from.</summary>
internal static class NativeLibraryLoader
{
    private static readonly Lazy<string?> s_failure = new(Probe);

    /// <summary>Why the native library cannot be used, or null where it can.</summary>
    internal static string? Failure => s_failure.Value;

    /// <summary>Throws where the native library cannot be used.</summary>
    /// <exception cref="UringNotSupportedException">It cannot; the message says why.</exception>
    internal static void ThrowIfUnavailable()
    {
        if (Failure is { } failure)
        {
            throw new UringNotSupportedException(failure);
        }
    }

#pragma warning disable CA2255 // The resolver must stand before the first call into C, whichever type makes it.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != "uringsharp")
        {
            return 0;
        }

        string besideTheProgram = Path.Combine(AppContext.BaseDirectory, "liburingsharp.so");
        return NativeLibrary.TryLoad(besideTheProgram, out nint handle)
            || NativeLibrary.TryLoad(name, assembly, searchPath, out handle)
            ? handle
            : 0;
    }

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "io_uring exists on Linux only.";
        }

        try
        {
            uint version = NativeMethods.AbiVersion();
            return version == NativeConstants.AbiVersion
                ? null
                : $"liburingsharp.so speaks version {version} of its interface, this assembly version {NativeConstants.AbiVersion}: "
                    + "the two come from different builds.";
        }
        catch (DllNotFoundException)
        {
            return "The native library liburingsharp.so was not found beside the program nor where the runtime looks for native libraries "
                + $"(this process is {RuntimeInformation.RuntimeIdentifier}).";
        }
        catch (BadImageFormatException)
        {
            return $"The native library liburingsharp.so was built for another architecture than this process, {RuntimeInformation.ProcessArchitecture}.";
        }
        catch (EntryPointNotFoundException)
        {
            return "The liburingsharp.so found is not UringSharp's.";
        }
    }
}
