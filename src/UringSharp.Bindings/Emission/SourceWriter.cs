using System.Text;

namespace UringSharp.Bindings.Emission;

/// <summary>Writes one C# file: four spaces a level, LF.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _level;

    public void Line(string line = "")
    {
        if (line.Length > 0)
        {
            _text.Append(' ', 4 * _level).Append(line);
        }

        _text.Append('\n');
    }

    public void Open()
    {
        Line("{");
        _level++;
    }

    public void Close()
    {
        _level--;
        Line("}");
    }

    /// <summary>Writes the header's words as the summary of what follows; nothing where the header is silent.</summary>
    public void Documentation(IReadOnlyList<string> lines)
    {
        string[] escaped = [.. lines.Select(Escape)];
        if (escaped.Length == 1)
        {
            Line($"/// <summary>{escaped[0]}</summary>");
        }
        else if (escaped.Length > 1)
        {
            Line("/// <summary>");
            foreach (string line in escaped)
            {
                Line(("/// " + line).TrimEnd());
            }

            Line("/// </summary>");
        }
    }

    public override string ToString() => _text.ToString();

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}
