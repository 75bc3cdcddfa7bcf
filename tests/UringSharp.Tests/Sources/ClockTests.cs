using System.Text.RegularExpressions;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Sources;

/// <summary>The wall clock jumps: a machine wakes, an administrator or NTP sets it. No wait here is measured by it.</summary>
public sealed partial class ClockTests
{
    [Test]
    public void Nothing_in_the_library_asks_the_wall_clock()
    {
        string root = NativeHelpers.Recorded("RepositoryRoot");
        string[] sources = [.. new[] { ("src/UringSharp", "*.cs"), ("src/UringSharp.Extensions", "*.cs"), ("native/src", "*.c"), ("native/src", "*.h") }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder.Item1), folder.Item2, SearchOption.AllDirectories))];
        sources.Should().HaveCountGreaterThan(150);

        sources.SelectMany(static path => WallClock().Matches(File.ReadAllText(path)).Select(match => $"{path}: {match.Value}")).Should().BeEmpty();
    }

    [TestCase("DateTime.UtcNow", true)]
    [TestCase("DateTimeOffset.Now", true)]
    [TestCase("TimeProvider.System.GetUtcNow()", true)]
    [TestCase("clock_gettime(CLOCK_REALTIME, &time)", true)]
    [TestCase("timer_create(CLOCK_REALTIME_ALARM, &event, timer)", true)]
    [TestCase("gettimeofday(&now, NULL)", true)]
    [TestCase("time(NULL)", true)]
    [TestCase("clock_gettime(CLOCK_MONOTONIC, &time)", false)]
    [TestCase("Stopwatch.GetTimestamp()", false)]
    public void It_would_be_seen(string code, bool isWallClock) => WallClock().IsMatch(code).Should().Be(isWallClock);

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?(Now|Today)\b|\bGet(Utc|Local)Now\b|\bCLOCK_REALTIME|\bCLOCK_TAI\b|\bgettimeofday\b|\btime\(NULL\)")]
    private static partial Regex WallClock();
}
