namespace UringSharp.Cli.Bench.Disk;

/// <summary>Whether it is worth it, in a sentence or two.</summary>
internal static class DiskVerdict
{
    /// <summary>Less of a difference is not worth a word on a machine that does other things too.</summary>
    private const double Faster = 1.1;

    private const double Slower = 0.9;
    private const double Cheaper = 0.8;

    /// <summary>Judges workloads.</summary>
    /// <param name="results">Of each its name, and ours to the best of .NET: speed and processor time.</param>
    internal static string Of(IReadOnlyList<(string Name, double Ratio, double CpuRatio)> results)
    {
        (string Name, double Ratio, double CpuRatio)[] faster = [.. results.Where(static one => one.Ratio >= Faster).OrderByDescending(static one => one.Ratio)];
        (string Name, double Ratio, double CpuRatio)[] cheaper = [.. results.Where(static one => one is { Ratio: > Slower and < Faster, CpuRatio: <= Cheaper }).OrderBy(static one => one.CpuRatio)];
        (string Name, double Ratio, double CpuRatio)[] slower = [.. results.Where(static one => one.Ratio <= Slower).OrderBy(static one => one.Ratio)];
        int gains = faster.Length + cheaper.Length;
        List<string> sentences =
        [
            gains == 0 ? "Not worth it here for speed." : slower.Length == 0 && gains * 2 >= results.Count ? "Worth it here." : "Worth it here for some of this work.",
        ];
        if (faster.Length > 0)
        {
            sentences.Add($"UringSharp is faster in {Part(faster.Length, results.Count)}: most in {faster[0].Name}, {Figures.Ratio(faster[0].Ratio)} times as fast as the best of .NET "
                + $"at {Figures.Ratio(faster[0].CpuRatio)} of its CPU time.");
        }

        if (cheaper.Length > 0)
        {
            sentences.Add($"As fast, for less CPU time, it is in {Part(cheaper.Length, results.Count)}: {Figures.Ratio(cheaper[0].CpuRatio)} of it in {cheaper[0].Name}.");
        }

        if (slower.Length > 0)
        {
            sentences.Add($"It is slower in {Part(slower.Length, results.Count)}: {string.Join("; ", slower.Select(static one => $"{one.Name} ({Figures.Ratio(one.Ratio)})"))}.");
        }

        if (results.Count - gains - slower.Length is > 0 and int alike)
        {
            sentences.Add($"{(gains + slower.Length == 0 ? "It makes" : "Elsewhere it makes")} little difference ({Part(alike, results.Count)}).");
        }

        return string.Join(' ', sentences);
    }

    private static string Part(int part, int all) => part == all ? all == 1 ? "the one workload" : $"all {Figures.Count(all)} workloads" : $"{Figures.Count(part)} of {Figures.Count(all)} workloads";
}
