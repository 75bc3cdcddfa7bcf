using System.Text.RegularExpressions;

namespace UringSharp.Tests.Documents;

/// <summary>What the documents point at is there.</summary>
public sealed partial class LinkTests
{
    [Test]
    public void Each_link_to_a_file_of_the_repository_leads_somewhere()
    {
        (string From, string To)[] links = [.. Document.All.SelectMany(static document => Document.Lines(document).SelectMany(static line => Link().Matches(line))
            .Select(match => (document, match.Groups[1].Value)))];

        links.Should().HaveCountGreaterThan(30);
        links.Where(static link => !File.Exists(Path.Combine(Path.GetDirectoryName(Document.FullPath(link.From))!, link.To))).Should().BeEmpty();
    }

    [Test]
    public void Each_document_by_topic_is_in_the_index_and_in_the_readme()
    {
        string[] topics = [.. Document.All.Where(static path => path.StartsWith("src/UringSharp/docs/", StringComparison.Ordinal)).Select(Path.GetFileName).Except(["README.md"])!];

        topics.Should().HaveCountGreaterThan(7);
        foreach (string index in new[] { "README.md", "src/UringSharp/docs/README.md" })
        {
            string text = string.Join('\n', Document.Lines(index));
            topics.Where(topic => !text.Contains($"{topic})", StringComparison.Ordinal)).Should().BeEmpty(index);
        }
    }

    // Not those of the web, nor to a heading of the same file.
    [GeneratedRegex(@"\]\((?!https?:|#)([^)#\s]+)[^)\s]*\)")]
    private static partial Regex Link();
}
