using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace UringSharp.Cli.CommandLine;

/// <summary>--timeout, alike in each command that waits.</summary>
internal static class TimeoutOption
{
    private const double LongestSeconds = 1_000_000;

    internal static Option<double?> Create() => new("--timeout", "-t")
    {
        HelpName = "SECONDS",
        Description = "End after this many seconds, fractions allowed, with exit code 124. Default: no limit.",
        CustomParser = Parse,
    };

    internal static TimeSpan? Span(double? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given) : null;

    private static double? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= LongestSeconds)
        {
            return seconds;
        }

        result.AddError($"'{text}' is not a time: --timeout takes seconds, more than 0 and a million at most.");
        return null;
    }
}
