using System.CommandLine;
using System.CommandLine.Invocation;
using UringSharp.Cli.Commands;

namespace UringSharp.Cli.CommandLine;

/// <summary>--help: what a command does, how it is called, examples, exit codes.</summary>
internal sealed class HelpAction : SynchronousCommandLineAction
{
    private const string Indent = "  ";
    private const int WidestLine = 100;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        return ExitCode.Success;
    }

    /// <summary>Writes a command's page.</summary>
    internal static void Write(Command command, TextWriter output)
    {
        var described = command as UringCommand;
        bool isRoot = described is null;
        output.WriteLine(command.Description);
        foreach (string paragraph in described?.Details ?? [])
        {
            output.WriteLine();
            foreach (string line in paragraph.Split('\n'))
            {
                WriteWrapped(output, string.Empty, string.Empty, line);
            }
        }

        Section(output, "Usage", [(UringRootCommand.UsageLine(command), string.Empty)]);
        Section(output, "Commands", [.. command.Subcommands.Where(static sub => !sub.Hidden).Select(static sub => (NameOf(sub), sub.Description ?? string.Empty))]);
        Section(output, "Arguments", [.. command.Arguments.Select(static argument => (argument.Name, argument.Description ?? string.Empty))]);
        Section(output, "Options", [.. OptionsOf(command).Select(option => (NameOf(option), option.Description ?? string.Empty))]);
        Section(output, "Examples", described?.Examples ?? UringRootCommand.Examples);
        Section(output, "Exit codes", [.. (described?.ExitCodes ?? UringRootCommand.ExitCodes).Select(code => (Figures.Count(code.Code), code.Meaning))]);
        if (isRoot)
        {
            output.WriteLine();
            output.WriteLine("`uring COMMAND --help` says more of each command.");
        }
    }

    /// <summary>The options a command takes: its own and those of the root that apply everywhere.</summary>
    internal static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options
            .Concat(command.Parents.OfType<Command>().SelectMany(static parent => parent.Options.Where(static option => option.Recursive)))
            .Where(static option => !option.Hidden);

    private static string NameOf(Command command) =>
        string.Join(' ', command.Arguments.Select(static argument => argument.Arity.MaximumNumberOfValues > 1 ? $"[{argument.Name}…]" : argument.Name).Prepend(command.Name));

    private static string NameOf(Option option)
    {
        // -t, --timeout SECONDS: short names first, as everywhere.
        IEnumerable<string> names = option.Aliases.Append(option.Name).Where(static name => name.StartsWith('-') && name != "-?").OrderBy(static name => name.Length);
        return string.Join(", ", names) + (option.HelpName is { } value ? " " + value : string.Empty);
    }

    private static void Section(TextWriter output, string title, IReadOnlyList<(string Left, string Right)> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(title + ":");
        int width = rows.Max(static row => row.Left.Length);
        foreach ((string left, string right) in rows)
        {
            if (right.Length == 0)
            {
                output.WriteLine(Indent + left);
                continue;
            }

            string first = Indent + left.PadRight(width) + Indent;
            foreach (string line in right.Split('\n'))
            {
                WriteWrapped(output, first, new string(' ', first.Length), line);
                first = new string(' ', first.Length);
            }
        }
    }

    private static void WriteWrapped(TextWriter output, string first, string others, string text)
    {
        string line = first;
        bool isEmpty = true;
        foreach (string word in text.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > WidestLine)
            {
                output.WriteLine(line);
                line = others;
                isEmpty = true;
            }

            line += isEmpty ? word : " " + word;
            isEmpty = false;
        }

        output.WriteLine(line);
    }
}
