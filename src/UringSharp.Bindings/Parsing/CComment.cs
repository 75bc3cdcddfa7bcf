namespace UringSharp.Bindings.Parsing;

/// <summary>Reads the text out of documentation comments.</summary>
internal static class CComment
{
    private const string Opening = "/**";
    private const string Closing = "*/";

    /// <summary>The lines between <c>/**</c> and <c>*/</c> without their decoration; none for any other comment.</summary>
    internal static IReadOnlyList<string> Lines(string rawComment)
    {
        string text = rawComment.Trim();
        if (text.Length < Opening.Length + Closing.Length
            || !text.StartsWith(Opening, StringComparison.Ordinal)
            || !text.EndsWith(Closing, StringComparison.Ordinal))
        {
            return [];
        }

        string[] lines = [.. text[Opening.Length..^Closing.Length].Split('\n').Select(WithoutDecoration)];
        return [.. lines.SkipWhile(line => line.Length == 0).Reverse().SkipWhile(line => line.Length == 0).Reverse()];
    }

    /// <summary>The comment that ends on the line before the given one: libclang tells no comments of macros.</summary>
    /// <param name="headerLines">The header's text.</param>
    /// <param name="line">Where the macro is defined, from 1.</param>
    internal static IReadOnlyList<string> Before(IReadOnlyList<string> headerLines, int line)
    {
        int last = line - 2;
        if (last < 0 || !headerLines[last].TrimEnd().EndsWith(Closing, StringComparison.Ordinal))
        {
            return [];
        }

        int first = last;
        while (first > 0 && !headerLines[first].Contains("/*", StringComparison.Ordinal))
        {
            first--;
        }

        return Lines(string.Join('\n', headerLines.Skip(first).Take(last - first + 1)));
    }

    private static string WithoutDecoration(string line)
    {
        string text = line.Trim();
        return text.StartsWith('*') ? text[1..].Trim() : text;
    }
}
