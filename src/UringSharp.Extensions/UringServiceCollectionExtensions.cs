using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using UringSharp;
using UringSharp.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>UringSharp in a container.</summary>
public static class UringServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="UringContext"/> for all who ask for one. It is made when first asked for, with options from the section <see cref="UringConfiguration.SectionName"/> of the container's
    /// <see cref="IConfiguration"/>, if there is one. The container owns it: disposing the container asynchronously, as a host does, waits until the kernel has let go of everything. Code that
    /// names no context still uses <see cref="UringContext.Default"/>, which nobody disposes.
    /// <para>
    /// The keys are those of <see cref="UringOptions"/>: Backend, RingCount, QueueDepth, Continuations, BusyPoll (a time as in "00:00:00.000050"). A value that cannot be used is an
    /// <see cref="OptionsValidationException"/> that names its key; a host throws it when it starts.
    /// </para>
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the options after the configuration has; null for nothing.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddUringSharp(this IServiceCollection services, Action<UringOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, static provider => provider.GetService<IConfiguration>()?.GetSection(UringConfiguration.SectionName), configure);
    }

    /// <summary>As <see cref="AddUringSharp(IServiceCollection, Action{UringOptions})"/>, with the options from a section that is given.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">Where the keys lie.</param>
    /// <param name="configure">Changes the options after the section has; null for nothing.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddUringSharp(this IServiceCollection services, IConfiguration section, Action<UringOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, _ => section, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, Func<IServiceProvider, IConfiguration?> section, Action<UringOptions>? configure)
    {
        services.AddSingleton<IConfigureOptions<UringOptions>>(provider => new UringConfiguration(section(provider)));
        OptionsBuilder<UringOptions> options = services.AddOptions<UringOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        // By a factory: what a container makes it disposes, what it is given it does not.
        services.TryAddSingleton(static provider => new UringContext(provider.GetRequiredService<IOptions<UringOptions>>().Value));
        return services;
    }
}
