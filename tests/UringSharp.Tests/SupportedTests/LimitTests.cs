using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.SupportedTests;

/// <summary>Limits of the process, met while the library is at work.</summary>
public sealed class LimitTests
{
    private const int OutOfMemory = 12;
    private const int TooManyFiles = 24;
    private const int NoThread = 11;
    private static readonly string[] s_fewDescriptors = ["prlimit", "--nofile=256:256"];

    [Test]
    public async Task Without_descriptors_new_things_fail_with_the_limits_name_and_what_runs_goes_on()
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder.File("file", new byte[65_536]);

        ChildResult child = (await TestChild.RunBehindAsync(s_fewDescriptors, "exhaust-descriptors", path)).ShouldHaveSucceeded();

        child["before"].Should().Be("True");
        child["context"].Should().StartWith($"IOException {TooManyFiles}:").And.Contain("RLIMIT_NOFILE");
        child["context with one"].Should().StartWith($"IOException {TooManyFiles}:").And.Contain("RLIMIT_NOFILE", "a context needs two");
        child["many rings"].Should().MatchRegex($"^IOException ({TooManyFiles}:.*RLIMIT_NOFILE|{NoThread}:)", "the runtime needs two to start a thread");
        child["open"].Should().StartWith($"IOException {TooManyFiles}:").And.Contain(path);
        child["goes on"].Should().Be("True");
        child["afterwards"].Should().Be("True");
        child["readers"].Should().Be("ok");
        child["leaked"].Should().Be("0");
    }

    [Test]
    public async Task The_default_context_is_to_be_had_once_there_are_descriptors_again()
    {
        ChildResult child = (await TestChild.RunBehindAsync(s_fewDescriptors, "exhaust-descriptors-first")).ShouldHaveSucceeded();

        child["default"].Should().StartWith($"IOException {TooManyFiles}:").And.Contain("RLIMIT_NOFILE");
        child["default afterwards"].Should().Be("ok");
    }

    [Test]
    [Category("Uring")]
    public async Task A_limit_of_the_process_does_not_make_io_uring_unavailable_for_good()
    {
        ChildResult child = (await TestChild.RunBehindAsync(s_fewDescriptors, "exhaust-descriptors-first")).ShouldHaveSucceeded();

        child["available afterwards"].Should().Be("True", "{0}", child["reason afterwards"]);
    }

    [Test]
    public async Task A_limit_of_the_process_does_not_hide_the_kernels_features_for_good()
    {
        ChildResult child = (await TestChild.RunBehindAsync(s_fewDescriptors, "exhaust-descriptors-first")).ShouldHaveSucceeded();

        child["features afterwards"].Should().Be(Enum.GetValues<UringFeature>().Count(UringSupport.Current.Supports).ToString(CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task Without_threads_new_contexts_fail_with_the_limits_name_and_what_runs_goes_on()
    {
        ChildResult child = (await TestChild.RunAsNobodyBehindAsync(["prlimit", "--nproc=80:80"], "exhaust-threads")).ShouldHaveSucceeded();

        child["one more"].Should().StartWith($"IOException {NoThread}:").And.Contain("RLIMIT_NPROC");
        child["first"].Should().Be("True");
        child["afterwards"].Should().Be("True");
    }

    [Test]
    public async Task Nobody_without_capabilities_can_do_everything()
    {
        using TempFolder folder = FolderOfNobody();

        ShouldAllWork(await TestChild.RunAsNobodyAsync("use", folder.FullPath));
    }

    [Test]
    public async Task Nobody_without_locked_memory_can_do_everything_or_hears_of_the_limit()
    {
        // Rings count as locked memory before Linux 5.12, and again on 6.18, where 256 entries take 28 KiB of what the user may have.
        using TempFolder folder = FolderOfNobody();

        ChildResult child = await TestChild.RunAsNobodyBehindAsync(["prlimit", "--memlock=0:0"], "use", folder.FullPath);

        if (child.ShouldHaveSucceeded()["own context"] == "ok")
        {
            ShouldAllWork(child);
        }
        else
        {
            child["own context"].Should().StartWith($"IOException {OutOfMemory}:").And.Contain("RLIMIT_MEMLOCK").And.NotContain("Before Linux 5.12");
        }
    }

    [Test]
    public async Task One_context_after_another_stays_within_a_limit_that_holds_a_few()
    {
        // The kernel gives a ring's share of the limit back some time after the ring was closed.
        ChildResult child = await TestChild.RunAsNobodyBehindAsync(["prlimit", "--memlock=1048576:1048576"], "create-contexts", "200");

        child.ShouldHaveSucceeded()["contexts"].Should().Be("ok", "{0} were made", child["made"]);
    }

    [Test]
    [Category("Uring")]
    public async Task Nobody_is_told_that_io_uring_is_available()
    {
        ChildResult child = (await TestChild.RunAsNobodyAsync("create-context")).ShouldHaveSucceeded();

        child["available"].Should().Be("True");
        int.Parse(child["features"], CultureInfo.InvariantCulture).Should().Be(Enum.GetValues<UringFeature>().Count(UringSupport.Current.Supports));
    }

    private static TempFolder FolderOfNobody()
    {
        TempFolder folder = DiskFolder.Create();
        File.SetUnixFileMode(folder.FullPath, (UnixFileMode)0x1FF);
        return folder;
    }

    private static void ShouldAllWork(ChildResult child)
    {
        child.ShouldHaveSucceeded();
        foreach (string attempt in new[] { "buffered", "direct", "pipe", "own context" })
        {
            child[attempt].Should().Be("ok");
        }
    }
}
