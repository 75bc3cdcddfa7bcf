namespace UringSharp.Tests.SupportedTests;

/// <summary>What the kernel is said to offer. These tests need a kernel with io_uring, like all others.</summary>
public sealed class UringSupportTests
{
    [Test]
    [Category("Uring")]
    public void Io_uring_is_available_here()
    {
        UringSupport.Current.UnavailableReason.Should().BeNull();
        UringSupport.Current.IsAvailable.Should().BeTrue();
    }

    [Test]
    public void The_answer_is_one_for_the_process() => UringSupport.Current.Should().BeSameAs(UringSupport.Current);

    [Test]
    public void The_version_is_that_of_uname()
    {
        string release = File.ReadAllText("/proc/sys/kernel/osrelease");

        release.Should().StartWith($"{UringSupport.Current.KernelVersion.Major}.{UringSupport.Current.KernelVersion.Minor}.");
    }

    [Test]
    public void Every_feature_has_an_answer([Values] UringFeature feature) =>
        UringSupport.Current.Supports(feature).Should().Be(UringSupport.Current.Supports(feature));

    [Test]
    [Category("Uring")]
    public void What_is_required_is_there([Values(UringFeature.NoDrop, UringFeature.FastPoll, UringFeature.ExtendedArgument)] UringFeature feature) =>
        UringSupport.Current.Supports(feature).Should().BeTrue();

    [Test]
    [Category("Kernel")]
    [Category("Uring")]
    public void Features_agree_with_the_version_the_documentation_gives([Values] UringFeature feature)
    {
        // Distributions bring features to older kernels, never take them away.
        (int major, int minor) = feature switch
        {
            UringFeature.NoDrop => (5, 5),
            UringFeature.FastPoll => (5, 7),
            UringFeature.ExtendedArgument => (5, 11),
            UringFeature.OpenAt => (5, 6),
            UringFeature.SubmitAll or UringFeature.MessageRing => (5, 18),
            UringFeature.SingleIssuer => (6, 0),
            UringFeature.DeferTaskRun => (6, 1),
            UringFeature.MinimumWait => (6, 12),
            UringFeature.ReadMultishot or UringFeature.FutexWait => (6, 7),
            UringFeature.FileTruncate => (6, 9),
            UringFeature.MakeDirectory => (5, 15),
            _ => (int.MaxValue, 0),
        };

        if (UringSupport.Current.KernelVersion >= new Version(major, minor))
        {
            UringSupport.Current.Supports(feature).Should().BeTrue();
        }
    }

    [TestCase(-1)]
    [TestCase(1000)]
    public void A_feature_that_is_not_defined_is_an_ArgumentOutOfRangeException(int feature) =>
        Assert.That(() => UringSupport.Current.Supports((UringFeature)feature), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
