using System.Text.Json;
using UringSharp.Tests.Sources;

namespace UringSharp.Tests.Documents;

/// <summary>The seccomp rule to copy is what the library asks for.</summary>
public sealed class ContainerProfileTests
{
    [Test]
    public void The_rule_for_seccomp_allows_the_system_calls_the_exception_names_and_no_others()
    {
        string[] lines = Document.Lines("src/UringSharp/docs/containers-and-permissions.md");
        int begin = Array.IndexOf(lines, "```json") + 1;
        using var rule = JsonDocument.Parse(string.Join('\n', lines[begin..Array.IndexOf(lines, "```", begin)]));
        string remedy = SourceTexts.All().Single(static text => text.Contains("A security filter denies io_uring", StringComparison.Ordinal));

        string[] allowed = [.. rule.RootElement.GetProperty("names").EnumerateArray().Select(static name => name.GetString()!)];
        allowed.Should().BeEquivalentTo(["io_uring_setup", "io_uring_enter", "io_uring_register"]).And.OnlyContain(name => remedy.Contains(name, StringComparison.Ordinal));
        rule.RootElement.GetProperty("action").GetString().Should().Be("SCMP_ACT_ALLOW");
    }
}
