using System.Globalization;
using System.Net;
using System.Text;

namespace UringSharp.Cli.Bench.Page;

/// <summary>Builds a page. Text is escaped here and nowhere else.</summary>
internal sealed class Html
{
    private readonly StringBuilder _text = new();

    /// <summary>Markup of our own, as it is.</summary>
    internal Html Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Text, escaped.</summary>
    internal Html Text(string text) => Raw(WebUtility.HtmlEncode(text));

    /// <summary>An element with text in it.</summary>
    internal Html Element(string name, string text, string? style = null) => Element(name, () => Text(text), style);

    /// <summary>An element with something in it.</summary>
    internal Html Element(string name, Action content, string? style = null)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<{name}");
        if (style is not null)
        {
            _text.Append(CultureInfo.InvariantCulture, $" class=\"{style}\"");
        }

        _text.Append('>');
        content();
        _text.Append(CultureInfo.InvariantCulture, $"</{name}>\n");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
