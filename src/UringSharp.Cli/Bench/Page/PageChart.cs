namespace UringSharp.Cli.Bench.Page;

/// <summary>A chart of the page, as its script reads it.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Kind">One of the constants.</param>
/// <param name="XTitle">What the horizontal axis is, with its unit.</param>
/// <param name="YTitle">Likewise the vertical one.</param>
/// <param name="IsLogarithmic">Whether equal distances of values are equal ratios.</param>
/// <param name="Labels">Along the axis that has no values.</param>
/// <param name="Series">What is compared.</param>
/// <param name="Note">A sentence below; empty for none.</param>
internal sealed record PageChart(
    string Title, string Kind, string XTitle, string YTitle, bool IsLogarithmic, IReadOnlyList<string> Labels, IReadOnlyList<PageSeries> Series, string Note = "")
{
    /// <summary>Lines from left to right.</summary>
    internal const string Lines = "lines";

    /// <summary>Groups of columns.</summary>
    internal const string Columns = "columns";

    /// <summary>From top to bottom a range for each label, and a mark on its median.</summary>
    internal const string Ranges = "ranges";
}
