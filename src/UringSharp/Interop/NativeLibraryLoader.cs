using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop.Native;

namespace UringSharp.Interop;

/// <summary>Finds liburingsharp.so beside the assembly and checks that it speaks the interface the bindings were made from.</summary>
internal static class NativeLibraryLoader
{
    private const string FileName = "liburingsharp.so";

    private static readonly Lazy<string?> s_failure = new(Probe);

    /// <summary>Why the native library cannot be used, or null where it can.</summary>
    internal static string? Failure => s_failure.Value;

    private static string BesideTheProgram => Path.Combine(AppContext.BaseDirectory, FileName);

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

        // From a package the runtime finds the one for its own kind of Linux and processor, in runtimes/ or beside the program.
        return NativeLibrary.TryLoad(BesideTheProgram, out nint handle)
            || NativeLibrary.TryLoad(name, assembly, searchPath, out handle)
            ? handle
            : 0;
    }

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "io_uring exists on Linux only. On other systems UringSharp can be referenced, and UringSupport.Current.IsAvailable asked, but nothing opened.";
        }

        try
        {
            uint version = NativeMethods.AbiVersion();
            return version == NativeConstants.AbiVersion
                ? null
                : $"liburingsharp.so speaks version {version} of its interface, this assembly version {NativeConstants.AbiVersion}: "
                    + "the two come from different builds. Deploy both from one version of the package.";
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return Found() is { } file ? WhyRefused(file, e) : $"The native library {FileName} was not found beside the program nor where the runtime looks for "
                + "native libraries. The package UringSharp has it for linux-x64, linux-arm64 and linux-musl-x64; "
                + $"this process is {RuntimeInformation.RuntimeIdentifier}. Deploy the file of the folder runtimes/ with the program, or publish for that runtime.";
        }
        catch (EntryPointNotFoundException)
        {
            return "The liburingsharp.so found is not UringSharp's.";
        }
    }

    /// <summary>The file there is, though it could not be loaded.</summary>
    private static string? Found()
    {
        string folders = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty;
        return folders.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(static folder => Path.Combine(folder, FileName))
            .Prepend(BesideTheProgram)
            .FirstOrDefault(File.Exists);
    }

    private static string WhyRefused(string file, Exception refusal)
    {
        // The loader's own answer for another processor's library is that there is no such file.
        if (MadeFor(file) is { } machine && machine != RuntimeInformation.ProcessArchitecture)
        {
            return $"The native library {file} is made for {machine}, this process runs on {RuntimeInformation.ProcessArchitecture}. "
                + $"Deploy the one for {RuntimeInformation.RuntimeIdentifier} of the folder runtimes/ of the package.";
        }

        string[] told = refusal.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string reason = told.LastOrDefault(line => line.Contains(FileName, StringComparison.Ordinal)) ?? refusal.Message;
        return $"The native library {file} cannot be loaded: {reason}";
    }

    /// <summary>The processor a library is made for, by its ELF header; null where that cannot be told.</summary>
    private static Architecture? MadeFor(string file)
    {
        const int machineOffset = 18;
        Span<byte> header = stackalloc byte[machineOffset + sizeof(ushort)];
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file);
            if (RandomAccess.Read(handle, header, 0) < header.Length || !header.StartsWith("\u007fELF"u8))
            {
                return null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(header[machineOffset..]) switch
        {
            3 => Architecture.X86,
            40 => Architecture.Arm,
            62 => Architecture.X64,
            183 => Architecture.Arm64,
            _ => null,
        };
    }
}
