namespace UringSharp.Tests.Documents;

/// <summary>
/// A program of a document. A comment before it says what it needs, a line each: <c>before: COMMAND</c> of the shell, to its end; <c>beside: COMMAND</c>, while the program runs;
/// <c>expect: TEXT</c> in what it prints; <c>framework: Microsoft.AspNetCore.App</c>; <c>not run: REASON</c>, for a program that is compiled only. What lies in /tmp is in a folder of the test's own.
/// </summary>
internal sealed record CodeBlock(string Document, int Line, string Text, string[] Notes)
{
    private const string Fence = "```";

    /// <summary>Why it is compiled and not run; null for one that is run.</summary>
    public string? NotRun => Of("not run").SingleOrDefault();

    /// <summary>Whether it is a program of ASP.NET Core, with UringSharp.Extensions.</summary>
    public bool IsOfWeb => Of("framework").Any();

    public static IEnumerable<CodeBlock> All() => Documents.Document.All.SelectMany(static document => In(document, Documents.Document.Lines(document)));

    /// <summary>What a kind of note says.</summary>
    public IEnumerable<string> Of(string kind) =>
        Notes.Where(note => note.StartsWith(kind + ": ", StringComparison.Ordinal)).Select(note => note[(kind.Length + 2)..]);

    public override string ToString() => $"{Document}, line {Line}";

    internal static IEnumerable<CodeBlock> In(string document, string[] lines)
    {
        string[] notes = [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("<!--", StringComparison.Ordinal))
            {
                int end = Array.FindIndex(lines, i, static line => line.EndsWith("-->", StringComparison.Ordinal));
                notes = [.. notes, .. lines[i..(end + 1)].Select(static line => line.Replace("<!--", "", StringComparison.Ordinal).Replace("-->", "", StringComparison.Ordinal).Trim())];
                i = end;
            }
            else if (lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                int end = Array.IndexOf(lines, Fence, i + 1);
                if (lines[i] == Fence + "csharp")
                {
                    yield return new CodeBlock(document, i + 1, string.Join('\n', lines[(i + 1)..end]), notes);
                }

                i = end;
                notes = [];
            }
            else if (lines[i].Length > 0)
            {
                notes = [];
            }
        }
    }
}
