using System.CommandLine;
using System.CommandLine.Parsing;
using UringSharp.Cli.Output;

namespace UringSharp.Cli.CommandLine;

/// <summary>What is wrong with a command line, and what may have been meant.</summary>
internal static class UsageErrors
{
    /// <summary>The mistakes; none where the line can be run.</summary>
    internal static IReadOnlyList<string> Find(ParseResult line)
    {
        List<string> errors = [.. UnknownOptions(line)];
        if (errors.Count > 0)
        {
            return errors;
        }

        foreach (ParseError error in line.Errors)
        {
            string? unknown = line.UnmatchedTokens.FirstOrDefault(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));
            errors.Add(unknown is null ? error.Message : Unknown(line.CommandResult.Command, unknown));
        }

        return [.. errors.Distinct()];
    }

    /// <summary>Writes them, with the way to the help page.</summary>
    internal static void Write(IReadOnlyList<string> errors, Command command)
    {
        foreach (string error in errors)
        {
            StandardError.Write(error);
        }

        StandardError.Write($"usage: {UringRootCommand.UsageLine(command)}; `{UringRootCommand.FullName(command)} --help` says more.");
    }

    /// <summary>A mistyped option would otherwise be taken for a path. Behind -- everything is a path.</summary>
    private static IEnumerable<string> UnknownOptions(ParseResult line) =>
        line.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash)
            .Where(static token => token is { Type: TokenType.Argument, Value: ['-', _, ..] } && !double.TryParse(token.Value, out _))
            .Select(token => Unknown(line.CommandResult.Command, token.Value));

    private static string Unknown(Command command, string word)
    {
        bool isOption = word.StartsWith('-');
        IEnumerable<string> known = isOption
            ? HelpAction.OptionsOf(command).SelectMany(static option => option.Aliases.Append(option.Name))
            : command.Subcommands.Where(static sub => !sub.Hidden).Select(static sub => sub.Name);
        string what = isOption ? "option" : command.Subcommands.Any(static sub => !sub.Hidden) ? "command" : "argument";
        string text = $"'{word}' is not {(what == "command" ? "a" : "an")} {what} of {UringRootCommand.FullName(command)}.";
        if (word == "help")
        {
            return $"{text} Did you mean '--help'?";
        }

        string? nearest = known.Where(name => name.Length > 2 && Distance(name, word) <= Math.Max(1, name.Length / 3)).MinBy(name => Distance(name, word));
        return nearest is null ? text : $"{text} Did you mean '{nearest}'?";
    }

    /// <summary>How many letters must be put in, left out, changed or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
