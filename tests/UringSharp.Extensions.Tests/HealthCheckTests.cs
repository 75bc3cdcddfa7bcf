using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace UringSharp.Extensions.Tests;

/// <summary>What the health check tells.</summary>
public sealed class HealthCheckTests
{
    [Test]
    public async Task It_is_healthy_on_io_uring()
    {
        if (!UringSupport.Current.IsAvailable)
        {
            Assert.Ignore(UringSupport.Current.UnavailableReason!);
        }

        await using ServiceProvider services = Provide(UringBackend.Uring);

        HealthReportEntry entry = await CheckAsync(services);

        entry.Status.Should().Be(HealthStatus.Healthy);
        entry.Data["backend"].Should().Be("Uring");
    }

    [Test]
    public async Task It_is_degraded_on_the_portable_backend_and_says_why()
    {
        await using ServiceProvider services = Provide(UringBackend.Portable);

        HealthReportEntry entry = await CheckAsync(services);

        entry.Status.Should().Be(HealthStatus.Degraded);
        entry.Description.Should().Contain(UringSupport.Current.UnavailableReason ?? "It was chosen");
    }

    [Test]
    public async Task It_is_unhealthy_when_the_context_is_disposed()
    {
        await using ServiceProvider services = Provide(UringBackend.Auto);
        await services.GetRequiredService<UringContext>().DisposeAsync();

        HealthReportEntry entry = await CheckAsync(services);

        entry.Status.Should().Be(HealthStatus.Unhealthy);
        entry.Exception.Should().BeOfType<ObjectDisposedException>();
    }

    [Test]
    public async Task It_is_unhealthy_where_no_context_can_be_made()
    {
        ServiceCollection added = new();
        added.AddLogging().AddSingleton<UringContext>(static _ => throw new UringNotSupportedException("not here")).AddHealthChecks().AddUringSharp();
        await using ServiceProvider services = added.BuildServiceProvider();

        HealthReportEntry entry = await CheckAsync(services);

        entry.Status.Should().Be(HealthStatus.Unhealthy);
        entry.Description.Should().Be("not here");
    }

    private static ServiceProvider Provide(UringBackend backend)
    {
        ServiceCollection services = new();
        services.AddLogging().AddUringSharp(options => options.Backend = backend).AddHealthChecks().AddUringSharp();
        return services.BuildServiceProvider();
    }

    private static async Task<HealthReportEntry> CheckAsync(ServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["uringsharp"];
}
