using UringSharp.Tests.Sources;

namespace UringSharp.Tests.Documents;

/// <summary>The document that goes by symptom quotes what the library really says.</summary>
public sealed class TroubleshootingTests
{
    private const string Path = "src/UringSharp/docs/troubleshooting.md";

    private static readonly string[] s_quoted =
        [.. Document.Lines(Path).Where(static line => line.StartsWith("### \"", StringComparison.Ordinal)).Select(static line => line[5..^1])];

    [Test]
    public void Each_text_that_is_quoted_is_one_of_the_source()
    {
        string[] said = [.. SourceTexts.All().Select(static text => text.Replace("{0}", SourceTexts.Gap, StringComparison.Ordinal).Replace("{1}", SourceTexts.Gap, StringComparison.Ordinal))];

        s_quoted.Should().HaveCountGreaterThan(20);
        s_quoted.Where(text => !said.Any(whole => whole.Contains(text, StringComparison.Ordinal))).Should().BeEmpty("else nobody finds what was met");
    }

    [Test]
    public void Each_reason_why_io_uring_cannot_be_used_has_a_place()
    {
        string[] reasons = [.. SourceTexts.All().Where(static text => text.Contains("io_uring", StringComparison.Ordinal) && text.Contains("Remedy", StringComparison.Ordinal))];

        reasons.Should().HaveCountGreaterThan(2).And.BeSubsetOf(s_quoted);
    }
}
