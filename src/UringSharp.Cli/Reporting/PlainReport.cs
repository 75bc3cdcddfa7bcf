namespace UringSharp.Cli.Reporting;

/// <summary>Lines of text, for files, pipes and logs.</summary>
internal sealed class PlainReport(TextWriter output) : Report
{
    private const string Gap = "  ";

    /// <inheritdoc/>
    internal override void Heading(string text)
    {
        output.WriteLine();
        output.WriteLine(text);
    }

    /// <inheritdoc/>
    internal override void Text(string text) => output.WriteLine(Gap + text);

    /// <inheritdoc/>
    internal override void Table(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<IReadOnlyList<string>> lines = headers.Count == 0 ? rows : [headers, .. rows];
        int[] widths = [.. Enumerable.Range(0, lines.Max(static line => line.Count)).Select(column => lines.Max(line => column < line.Count ? line[column].Length : 0))];
        foreach (IReadOnlyList<string> line in lines)
        {
            output.WriteLine((Gap + string.Join(Gap, line.Select((cell, column) => cell.PadRight(widths[column])))).TrimEnd());
        }
    }

    /// <inheritdoc/>
    internal override T Track<T>(string what, Func<IProgress<double>, T> work)
    {
        output.WriteLine($"{Gap}… {what}");
        return work(NoProgress.Instance);
    }

    /// <inheritdoc/>
    protected override void WriteClaim(bool holds, string text) => output.WriteLine($"{Gap}{(holds ? "ok  " : "FAIL")}  {text}");

    private sealed class NoProgress : IProgress<double>
    {
        internal static readonly NoProgress Instance = new();

        public void Report(double value)
        {
        }
    }
}
