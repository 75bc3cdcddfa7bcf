namespace UringSharp.Cli.Bench;

/// <summary>Units, in words, and what is good in them.</summary>
internal static class Units
{
    internal static string Name(this Unit unit) => unit switch
    {
        Unit.OperationsPerSecond => "ops/s",
        Unit.MegabytesPerSecond => "MB/s",
        Unit.Microseconds => "µs",
        _ => "reads waiting",
    };

    internal static bool IsLowerBetter(this Unit unit) => unit == Unit.Microseconds;

    /// <summary>The sign before a bar for a ratio of figures.</summary>
    internal static string Sign(this Unit unit) => unit.IsLowerBetter() ? "≤" : "≥";

    /// <summary>Who has the best figure.</summary>
    internal static T Best<T>(this Unit unit, IEnumerable<T> all, Func<T, double> figure) =>
        (unit.IsLowerBetter() ? all.MinBy(figure) : all.MaxBy(figure))!;
}
