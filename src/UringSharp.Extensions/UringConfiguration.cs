using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace UringSharp.Extensions;

/// <summary>
/// Sets <see cref="UringOptions"/> from a section of a configuration, without reflection. Keys that are not there leave the defaults, keys that are not known are let be.
/// </summary>
/// <param name="section">Where the keys lie; null for nowhere.</param>
public sealed class UringConfiguration(IConfiguration? section) : IConfigureOptions<UringOptions>
{
    /// <summary>The name of the section: "UringSharp".</summary>
    public const string SectionName = "UringSharp";

    /// <summary>Sets what the section says.</summary>
    /// <param name="options">What to set it in.</param>
    /// <exception cref="OptionsValidationException">A value cannot be used. All that cannot are named, each with its key.</exception>
    public void Configure(UringOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (section is null)
        {
            return;
        }

        List<string> failures = [];
        Set(nameof(UringOptions.Backend), Names<UringBackend>(), TryParseName, (UringBackend value) => options.Backend = value);
        Set(nameof(UringOptions.RingCount), $"a number from 1 to {UringOptions.MaxRingCount}", TryParseNumber, (int value) => options.RingCount = value);
        Set(nameof(UringOptions.QueueDepth), $"a number from 1 to {UringOptions.MaxQueueDepth}", TryParseNumber, (int value) => options.QueueDepth = value);
        Set(nameof(UringOptions.Continuations), Names<ContinuationMode>(), TryParseName, (ContinuationMode value) => options.Continuations = value);
        Set(nameof(UringOptions.BusyPoll), $"a time from 00:00:00 to {UringOptions.MaxBusyPoll}", TryParseTime, (TimeSpan value) => options.BusyPoll = value);
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(UringOptions), failures);
        }

        void Set<T>(string key, string expected, TryParse<T> parse, Action<T> set)
        {
            if (section[key] is not { } text)
            {
                return;
            }

            if (parse(text, out T value))
            {
                try
                {
                    set(value);
                    return;
                }
                catch (ArgumentOutOfRangeException)
                {
                    // The range is said below.
                }
            }

            string path = section is IConfigurationSection { Path: var parent } ? ConfigurationPath.Combine(parent, key) : key;
            failures.Add($"{path} is '{text}': it may be {expected}.");
        }
    }

    private delegate bool TryParse<T>(string text, out T value);

    private static string Names<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>());

    // A number would be taken for a name too.
    private static bool TryParseName<T>(string text, out T value)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out value) && Array.Exists(Enum.GetNames<T>(), name => name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase));

    private static bool TryParseNumber(string text, out int value) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value);

    private static bool TryParseTime(string text, out TimeSpan value) => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
}
