using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>The table of errors against what System.IO does in the same case: type, message and number.</summary>
public sealed partial class ErrnoExceptionTests
{
    private const uint Nobody = 65534;

    [Test]
    public async Task A_missing_file_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        await CompareOpening(folder["missing"], FileMode.Open, FileAccess.Read);
    }

    [Test]
    public async Task A_missing_folder_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        await CompareOpening(folder["missing/file"], FileMode.Open, FileAccess.Read);
    }

    [Test]
    public async Task A_missing_folder_of_a_new_file_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        await CompareOpening(folder["missing/file"], FileMode.Create, FileAccess.Write);
    }

    [Test]
    public async Task A_file_in_the_place_of_a_folder_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        folder.File("file", [1]);
        await CompareOpening(folder["file/below"], FileMode.Open, FileAccess.Read);
    }

    [TestCase(FileMode.Open, FileAccess.Read)]
    [TestCase(FileMode.Open, FileAccess.Write)]
    [TestCase(FileMode.Create, FileAccess.Write)]
    public async Task A_folder_in_the_place_of_a_file_is_reported_as_by_File(FileMode mode, FileAccess access)
    {
        using TempFolder folder = new();
        await CompareOpening(folder.FullPath, mode, access);
    }

    [Test]
    public async Task A_name_that_is_too_long_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        await CompareOpening(folder[new string('n', 300)], FileMode.Open, FileAccess.Read);
    }

    [Test]
    public async Task A_file_that_exists_already_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        await CompareOpening(folder.File("file", [1]), FileMode.CreateNew, FileAccess.Write);
    }

    [Test]
    public async Task A_loop_of_links_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        File.CreateSymbolicLink(folder["a"], folder["b"]);
        File.CreateSymbolicLink(folder["b"], folder["a"]);
        await CompareOpening(folder["a"], FileMode.Open, FileAccess.Read);
    }

    [Test]
    [SupportedOSPlatform("linux")]
    public void A_denied_permission_is_reported_as_by_File()
    {
        using TempFolder folder = new();
        string path = folder.File("file", [1]);
        File.SetUnixFileMode(path, UnixFileMode.None);

        Exception expected = AsNobody(() => File.OpenHandle(path).Dispose());

        Compare(ErrnoExceptions.Create(Errno.EACCES, path), expected);
    }

    [Test]
    public void A_descriptor_without_a_path_is_reported_as_by_RandomAccess()
    {
        using TempFolder folder = new();
        using SafeFileHandle handle = File.OpenHandle(folder.File("file", [1]), FileMode.Open, FileAccess.Write);

        Exception expected = Caught(() => RandomAccess.Read(handle, new byte[1], 0));

        Compare(ErrnoExceptions.Create(Errno.EBADF, folder["file"]), expected);
    }

    [Test]
    public void An_errno_without_a_type_of_its_own_is_an_IOException_that_carries_it()
    {
        Exception exception = ErrnoExceptions.Create(Errno.ENOSPC, "/some/path");

        exception.Should().BeOfType<IOException>().Which.HResult.Should().Be(Errno.ENOSPC);
        exception.Message.Should().Be(Marshal.GetPInvokeErrorMessage(Errno.ENOSPC) + " : '/some/path'");
    }

    [Test]
    public void Every_errno_is_reported_as_by_System_IO([Values] bool withPath)
    {
        // In a folder that exists: System.IO looks.
        string? path = withPath ? Path.Combine(Path.GetTempPath(), "some-file") : null;
        for (int errno = 1; errno <= 133; errno++)
        {
            // These never reach a user.
            if (!Errno.IsInterruption(-errno) && errno is not (Errno.EAGAIN or Errno.EBUSY))
            {
                Compare(ErrnoExceptions.Create(errno, path), ExceptionOfSystemIO(errno, path));
            }
        }
    }

    [TestCase(-Errno.ECANCELED)]
    [TestCase(-Errno.EINTR)]
    [TestCase(-Errno.ERESTARTSYS)]
    public void What_says_only_that_the_kernel_stopped_half_way_is_no_error(int result) => Errno.IsInterruption(result).Should().BeTrue();

    private static async Task CompareOpening(string path, FileMode mode, FileAccess access)
    {
        Exception expected = Caught(() => new FileStream(path, mode, access).Dispose());
        await using UringContext context = new();
        Exception? actual = null;
        try
        {
            await using UringFile file = await UringFile.OpenAsync(path, mode, access, new UringFileOptions { Context = context });
        }
        catch (Exception e)
        {
            actual = e;
        }

        actual.Should().NotBeNull($"System.IO throws {expected.GetType().Name}");
        Compare(actual!, expected);
    }

    private static void Compare(Exception actual, Exception expected)
    {
        actual.Should().BeOfType(expected.GetType());
        actual.Message.Should().Be(expected.Message);
        actual.HResult.Should().Be(expected.HResult);
        (actual.InnerException?.GetType()).Should().Be(expected.InnerException?.GetType());
        (actual as FileNotFoundException)?.FileName.Should().Be((expected as FileNotFoundException)?.FileName);
    }

    /// <summary>System.IO's own table, which has no public door.</summary>
    private static Exception ExceptionOfSystemIO(int errno, string? path)
    {
        Assembly library = typeof(File).Assembly;
        object error = Activator.CreateInstance(
            library.GetType("Interop+ErrorInfo")!, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, [errno], null)!;
        MethodInfo table = library.GetType("Interop")!.GetMethod("GetExceptionForIoErrno", BindingFlags.Static | BindingFlags.NonPublic)!;
        return (Exception)table.Invoke(null, [error, path, false])!;
    }

    private static Exception Caught(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            return e;
        }

        throw new InvalidOperationException("System.IO was expected to throw.");
    }

    /// <summary>What System.IO throws for a user without rights: root's thread becomes nobody for the file system, and for nothing else.</summary>
    private static Exception AsNobody(Action action)
    {
        Exception? caught = null;
        Thread thread = new(() =>
        {
            if (Environment.IsPrivilegedProcess)
            {
                _ = SetFileSystemUser(Nobody);
            }

            caught = Caught(action);
        });
        thread.Start();
        thread.Join();
        return caught!;
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);
}
