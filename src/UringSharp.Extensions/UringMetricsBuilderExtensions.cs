using Microsoft.Extensions.Diagnostics.Metrics;
using UringSharp.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The meter of UringSharp.</summary>
public static class UringMetricsBuilderExtensions
{
    /// <summary>Hands the instruments of the meter <see cref="UringMeter.Name"/> to the listeners of <c>services.AddMetrics(…)</c>. For OpenTelemetry: <c>AddMeter(UringMeter.Name)</c>.</summary>
    /// <param name="builder">The metrics.</param>
    /// <returns>The metrics.</returns>
    public static IMetricsBuilder AddUringSharp(this IMetricsBuilder builder) => builder.EnableMetrics(UringMeter.Name);
}
