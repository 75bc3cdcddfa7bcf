using System.Globalization;
using System.Runtime.InteropServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.SupportedTests;

/// <summary>
/// Where io_uring cannot be used, everybody hears why, and the portable backend takes its place. Not tested here: sysctl kernel.io_uring_disabled, which would take io_uring from
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

        ShouldFallBackAndSay(child, "seccomp");
        child["reason"].Should().Contain("Remedy").And.Contain("io_uring_setup");
    }

    [Test]
    public async Task A_filter_that_hides_io_uring_is_named()
    {
        ChildResult child = await TestChild.RunAsync("deny-setup", $"{NotImplemented}");

        ShouldFallBackAndSay(child, "filter");
        child["reason"].Should().Contain("ENOSYS");
    }

    [Test]
    public async Task A_filter_that_denies_only_the_use_of_rings_is_met_when_one_is_made()
    {
        ChildResult child = await TestChild.RunAsync("deny-enter", $"{PermissionDenied}");

        ShouldFallBackAndSay(child, "seccomp");
    }

    [Test]
    public async Task Everything_works_where_io_uring_is_denied()
    {
        using TempFolder folder = DiskFolder.Create();

        ChildResult child = await TestChild.RunAsync("deny-setup", $"{PermissionDenied}", folder.FullPath);

        ShouldFallBackAndSay(child, "seccomp");
        child["buffered"].Should().Be("ok");
        child["direct"].Should().Be("ok");
        child["pipe"].Should().Be("ok");
        child["own context"].Should().Be("ok");
    }

    [Test]
    [Category("Uring")]
    public async Task Whoever_runs_a_service_may_choose_the_backend()
    {
        ChildResult child = (await RunWithAsync("URINGSHARP_BACKEND=portable")).ShouldHaveSucceeded();

        child["backend"].Should().Be("Portable");
        child["uring"].Should().Be("ok", "what the code asks for counts more");
        child["available"].Should().Be("True");
        child["warnings"].Should().BeEmpty("nothing is denied");
    }

    [Test]
    public async Task A_backend_that_there_is_not_is_named()
    {
        ChildResult child = (await RunWithAsync("URINGSHARP_BACKEND=epoll")).ShouldHaveSucceeded();

        child["context"].Should().StartWith(nameof(UringNotSupportedException)).And.Contain("'epoll'").And.Contain("portable");
    }

    [TestCase("5.15", "NoDrop FastPoll ExtendedArgument OpenAt MakeDirectory")]
    [TestCase("6.1", "NoDrop FastPoll ExtendedArgument OpenAt MakeDirectory SubmitAll MessageRing SingleIssuer DeferTaskRun")]
    [Category("Uring")]
    public async Task An_older_kernel_can_be_played(string version, string features)
    {
        ChildResult child = (await RunWithAsync($"URINGSHARP_KERNEL={version}")).ShouldHaveSucceeded();

        child["features"].Should().Be(features.Split(' ').Length.ToString(CultureInfo.InvariantCulture));
        child["backend"].Should().Be("Uring");
        child["loop"].Should().Be("ok");
    }

    [Test]
    [Category("Kernel")]
    [Category("Uring")]
    public async Task Single_features_can_be_missing()
    {
        ChildResult child = (await RunWithAsync("URINGSHARP_KERNEL=-ReadMultishot, -SubmitAll")).ShouldHaveSucceeded();

        child["features"].Should().Be((Enum.GetValues<UringFeature>().Count(UringSupport.Current.Supports) - 2).ToString(CultureInfo.InvariantCulture));
        child["backend"].Should().Be("Uring");
    }

    [TestCase("5.4")]
    [TestCase("-FastPoll")]
    [Category("Uring")]
    public async Task A_kernel_without_what_is_required_is_too_old(string mask)
    {
        ChildResult child = await RunWithAsync($"URINGSHARP_KERNEL={mask}");

        child.ShouldHaveSucceeded();
        child["backend"].Should().Be("Portable");
        child["uring"].Should().StartWith(nameof(UringNotSupportedException)).And.Contain("too old");
        child["warnings"].Should().Contain("too old");
    }

    [Test]
    public async Task A_feature_that_there_is_not_is_named()
    {
        ChildResult child = (await RunWithAsync("URINGSHARP_KERNEL=-Nonsense")).ShouldHaveSucceeded();

        child["available"].Should().Be("False");
        child["reason"].Should().Contain("-Nonsense");
        child["uring"].Should().Contain("-Nonsense");
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
        child["reason"].Should().Contain("cannot be loaded").And.Contain("ELF");
    }

    [Test]
    public async Task A_native_library_that_is_another_is_named()
    {
        string other = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so");

        ChildResult child = await TestChild.RunWithLibraryAsync(other, "create-context");

        ShouldAllSay(child, "liburingsharp.so");
    }

    [Test]
    public async Task A_native_library_for_another_processor_is_named()
    {
        const int machineOffset = 18;
        (byte number, string name) = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? ((byte)183, "Arm64") : ((byte)62, "X64");
        using TempFolder folder = new();
        byte[] library = await File.ReadAllBytesAsync(Path.Combine(NativeHelpers.Recorded("NativeDirectory"), "liburingsharp.so"));
        library[machineOffset] = number;

        ChildResult child = await TestChild.RunWithLibraryAsync(folder.File("other", library), "create-context");

        ShouldAllSay(child, $"made for {name}");
    }

    [Test]
    public async Task A_native_library_of_another_version_is_named()
    {
        string other = Path.Combine(NativeHelpers.Recorded("NativeDirectory"), "libother-version.so");

        ChildResult child = await TestChild.RunWithLibraryAsync(other, "create-context");

        ShouldAllSay(child, "version 4294967295");
    }

    [Test]
    public async Task Every_way_into_the_library_says_what_is_missing()
    {
        using TempFolder folder = new();

        ChildResult child = await TestChild.RunWithLibraryAsync(null, "call-everything", folder.FullPath);

        child.ShouldHaveSucceeded();
        string[] outcomes = child.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        outcomes.Where(outcome => outcome.EndsWith(": ok", StringComparison.Ordinal)).Should().OnlyContain(outcome => WorksWithoutLibrary(outcome));
        outcomes.Where(outcome => !outcome.EndsWith(": ok", StringComparison.Ordinal)).Should().HaveCountGreaterThan(40)
            .And.OnlyContain(outcome => outcome.Contains($": {nameof(UringNotSupportedException)} ", StringComparison.Ordinal));
    }

    [Test]
    [Category("Uring")]
    public async Task Where_nothing_is_in_the_way_the_same_program_finds_io_uring()
    {
        ChildResult child = (await TestChild.RunAsync("create-context")).ShouldHaveSucceeded();

        child["context"].Should().Be("ok");
        child["uring"].Should().Be("ok");
        child["default"].Should().Be("ok");
        child["backend"].Should().Be("Uring");
        child["warnings"].Should().BeEmpty();
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

    private static Task<ChildResult> RunWithAsync(string variable) => TestChild.RunBehindAsync(["env", variable], "create-context");

    private static void ShouldFallBackAndSay(ChildResult child, string word)
    {
        child.ShouldHaveSucceeded();
        foreach (string attempt in new[] { "context", "loop", "default", "file", "pair" })
        {
            child[attempt].Should().Be("ok");
        }

        foreach (string attempt in new[] { "uring", "uring loop" })
        {
            child[attempt].Should().StartWith(nameof(UringNotSupportedException)).And.ContainEquivalentOf(word);
        }

        child["backend"].Should().Be("Portable");
        child["available"].Should().Be("False");
        child["reason"].Should().ContainEquivalentOf(word);
        child["features"].Should().Be("0");
        child["warnings"].Should().ContainEquivalentOf(word).And.NotContain(" | ", "it is said once");
    }
    // Options, and what only describes.
    private static bool WorksWithoutLibrary(string outcome) =>
        outcome.Contains("Options..ctor", StringComparison.Ordinal) || outcome.Contains(".get_", StringComparison.Ordinal)
            || outcome.StartsWith("AlignedMemoryPool..ctor", StringComparison.Ordinal) || outcome.StartsWith("UringLoopGroup..ctor", StringComparison.Ordinal);

    private static void ShouldAllSay(ChildResult child, string word)
    {
        child.ShouldHaveSucceeded();
        foreach (string attempt in new[] { "context", "uring", "loop", "default", "file", "pair" })
        {
            child[attempt].Should().StartWith(nameof(UringNotSupportedException)).And.ContainEquivalentOf(word);
        }

        child["available"].Should().Be("False");
        child["reason"].Should().ContainEquivalentOf(word);
        child["features"].Should().Be("0");
    }
}
