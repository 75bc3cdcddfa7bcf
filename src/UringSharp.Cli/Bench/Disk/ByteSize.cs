using System.Globalization;

namespace UringSharp.Cli.Bench.Disk;

/// <summary>Sizes as they are typed: 4096, 64K, 512M, 2G, 1.5GiB. The letters stand for powers of 1024.</summary>
internal static class ByteSize
{
    private const string Letters = "KMGT";
    private const int Shift = 10;

    /// <summary>Reads one; false where it is none, or more than fits.</summary>
    internal static bool TryParse(string text, out long bytes)
    {
        string number = text.EndsWith("iB", StringComparison.OrdinalIgnoreCase) ? text[..^2] : text.EndsWith("B", StringComparison.OrdinalIgnoreCase) ? text[..^1] : text;
        int power = number.Length == 0 ? 0 : Letters.IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal) + 1;
        bytes = 0;
        if (!decimal.TryParse(power == 0 ? number : number[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount)
            || amount > long.MaxValue >> (power * Shift))
        {
            return false;
        }

        bytes = (long)(amount * (1L << (power * Shift)));
        return true;
    }

    /// <summary>512 MiB, 1.5 GiB</summary>
    internal static string Text(long bytes) => bytes >= 1 << 30 ? $"{Figures.Amount((double)bytes / (1 << 30))} GiB" : $"{Figures.Amount((double)bytes / (1 << 20))} MiB";
}
