using System.Globalization;

namespace UringSharp.Tests.Engine;

/// <summary>Printing and judging measured figures.</summary>
internal static class Figures
{
    /// <summary>The middle one: on a machine with few and busy processors a single round proves nothing, neither way.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>
    /// Measures until the median of a measurement's rounds is within the bar, three times at most: a busy machine spoils one, a defect all of them.
    /// </summary>
    public static async Task MedianShouldBeWithin(double bar, string what, string unit, Func<Task<double[]>> measure)
    {
        double median = double.NaN;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            double[] rounds = await measure().ConfigureAwait(false);
            Print(what, rounds, unit);
            median = Median(rounds);
            if (median <= bar)
            {
                return;
            }
        }

        Assert.Fail($"{what}: the median is {median:0.###} {unit} in the third attempt, {bar} at most was expected.");
    }

    public static void Print(string what, double figure, string unit) =>
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {figure:0.###} {unit}"));

    public static void Print(string what, IEnumerable<double> figures, string unit) => TestContext.Out.WriteLine(
        $"{what}: {string.Join(", ", figures.Select(figure => figure.ToString("0.###", CultureInfo.InvariantCulture)))} {unit}");
}
