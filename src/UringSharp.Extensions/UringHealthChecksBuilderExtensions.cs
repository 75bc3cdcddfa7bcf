using Microsoft.Extensions.Diagnostics.HealthChecks;
using UringSharp.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The health check of UringSharp.</summary>
public static class UringHealthChecksBuilderExtensions
{
    /// <summary>Adds a <see cref="UringHealthCheck"/>: healthy on io_uring, degraded on the portable backend, unhealthy where nothing comes through.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">Its name.</param>
    /// <param name="failureStatus">What to tell in place of unhealthy; null for that.</param>
    /// <param name="tags">Its tags, or null.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddUringSharp(
        this IHealthChecksBuilder builder, string name = "uringsharp", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, static services => new UringHealthCheck(services), failureStatus, tags));
    }
}
