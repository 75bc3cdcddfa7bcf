using System.Runtime.InteropServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.SupportedTests;

/// <summary>
/// Where io_uring cannot be used, everybody hears why. Not tested here: sysctl kernel.io_uring_disabled, which would take io_uring from
/// all other processes of the machine.
/// </summary>
public sealed class UnavailableTests
{
    private const int PermissionDenied = 1;
    private const int AccessDenied = 13;
    private const int NotImplemented = 38;

    [TestCase(PermissionDenied)]
    [TestCase(AccessDenied)]
    public async Task A_seccomp_filter_that_denies_io_uring_is_named(int errno)
    {
        ChildResult child = await TestChild.RunAsync("deny-setup", $"{errno}");

        ShouldAllSay(child, "seccomp");
    }

    [Test]
    public async Task A_filter_that_hides_io_uring_is_named()
    {
        ChildResult child = await TestChild.RunAsync("deny-setup", $"{NotImplemented}");

        ShouldAllSay(child, "filter");
        child["reason"].Should().Contain("ENOSYS");
    }

    [Test]
    public async Task A_missing_native_library_is_named()
    {
        ChildResult child = await TestChild.RunWithLibraryAsync(null, "create-context");

        ShouldAllSay(child, "liburingsharp.so");
    }

    [Test]
    public async Task A_native_library_that_is_none_is_named()
    {
        ChildResult child = await TestChild.RunWithLibraryAsync("/etc/passwd", "create-context");

        ShouldAllSay(child, "liburingsharp.so");
    }

    [Test]
    public async Task A_native_library_that_is_another_is_named()
    {
        string other = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so");

        ChildResult child = await TestChild.RunWithLibraryAsync(other, "create-context");

        ShouldAllSay(child, "liburingsharp.so");
    }

    [Test]
    public async Task Where_nothing_is_in_the_way_the_same_program_finds_io_uring()
    {
        ChildResult child = (await TestChild.RunAsync("create-context")).ShouldHaveSucceeded();

        child["context"].Should().Be("ok");
        child["default"].Should().Be("ok");
        child["file"].Should().Be("ok");
        child["available"].Should().Be("True");
        child["reason"].Should().BeEmpty();
    }

    [Test]
    public void The_exception_is_a_NotSupportedException_with_the_usual_constructors()
    {
        Exception inner = new IOException("inner");

        new UringNotSupportedException().Message.Should().NotBeEmpty();
        new UringNotSupportedException("why").Message.Should().Be("why");
        new UringNotSupportedException("why", inner).InnerException.Should().BeSameAs(inner);
        new UringNotSupportedException().Should().BeAssignableTo<NotSupportedException>();
    }

    private static void ShouldAllSay(ChildResult child, string word)
    {
        child.ShouldHaveSucceeded();
        foreach (string attempt in new[] { "context", "default", "file", "pipe" })
        {
            child[attempt].Should().StartWith(nameof(UringNotSupportedException)).And.ContainEquivalentOf(word);
        }

        child["available"].Should().Be("False");
        child["reason"].Should().ContainEquivalentOf(word);
        child["features"].Should().Be("0");
    }
}
