using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace UringSharp.Cli.Reporting;

/// <summary>Colours, tables that fit the window, and a progress bar.</summary>
internal sealed class TerminalReport : Report
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings());

    /// <inheritdoc/>
    internal override void Heading(string text)
    {
        _console.WriteLine();
        _console.MarkupLine($"[bold]{Markup.Escape(text)}[/]");
    }

    /// <inheritdoc/>
    internal override void Text(string text) => Indented(new Markup($"[grey]{Markup.Escape(text)}[/]"));

    /// <inheritdoc/>
    internal override void Table(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        Table table = new() { Border = headers.Count == 0 ? TableBorder.None : TableBorder.Rounded, ShowHeaders = headers.Count > 0 };
        table.BorderColor(Color.Grey);
        for (int column = 0; column < rows[0].Count; column++)
        {
            string header = column < headers.Count ? headers[column] : string.Empty;
            table.AddColumn(new TableColumn(new Markup($"[bold]{Markup.Escape(header)}[/]")));
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow([.. row.Select(static cell => new Text(cell))]);
        }

        Indented(table);
    }

    /// <inheritdoc/>
    internal override bool IsLive => true;

    /// <inheritdoc/>
    internal override T Track<T>(string what, Func<IProgress<double>, T> work) =>
        _console.Progress()
            .AutoRefresh(false) // the thread it would use shows up in the threads that are counted
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape("  " + what), maxValue: 1);
                context.Refresh();
                return work(new Bar(context, task));
            });

    /// <inheritdoc/>
    protected override void WriteClaim(bool holds, string text) =>
        Indented(holds
            ? new Columns(new Markup("[green]✓[/]"), new Text(text)) { Expand = false }
            : new Columns(new Markup("[red bold]✗[/]"), new Markup($"[red]{Markup.Escape(text)}[/]")) { Expand = false });

    private void Indented(IRenderable content) => _console.Write(new Padder(content, new Padding(2, 0, 0, 0)));

    private sealed class Bar(ProgressContext context, ProgressTask task) : IProgress<double>
    {
        private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

        private long _drawn;

        public void Report(double value)
        {
            task.Value = value;
            if (_drawn == 0 || Stopwatch.GetElapsedTime(_drawn) >= s_interval)
            {
                _drawn = Stopwatch.GetTimestamp();
                context.Refresh();
            }
        }
    }
}
