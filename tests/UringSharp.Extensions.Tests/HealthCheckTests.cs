using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using UringSharp.Tests.Support;

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

    [Test]
    public async Task It_ends_by_its_token_though_the_ring_answers_nothing()
    {
        // Code that blocks stops a ring whose continuations run inline: no read ends there, nor does a cancelled one.
        await using UringContext context = new(new UringOptions { RingCount = 1, Continuations = ContinuationMode.Inline });
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim goOn = new();
        Task stopping = StopTheRingAsync();
        try
        {
            await writer.WriteAsync(new byte[1]);
            await Eventually.Ends(stopped.Task);
            await using ServiceProvider services = new ServiceCollection().AddSingleton(context).BuildServiceProvider();
            UringHealthCheck check = new(services);
            HealthCheckContext registration = new() { Registration = new HealthCheckRegistration("uringsharp", check, HealthStatus.Unhealthy, null) };
            using CancellationTokenSource stop = new();
            int before = CountPipeEnds();

            Task checking = Task.Run(() => check.CheckHealthAsync(registration, stop.Token));
            await Eventually.Holds(() => CountPipeEnds() >= before + 2, static () => "it has made no pipe");
            await stop.CancelAsync();

            await Eventually.Ends(checking);
            checking.IsCanceled.Should().BeTrue();
        }
        finally
        {
            goOn.Set();
            await Eventually.Ends(stopping);
            await writer.DisposeAsync();
            await reader.DisposeAsync();
        }

        async Task StopTheRingAsync()
        {
            await reader.ReadAsync(new byte[1]).ConfigureAwait(false);
            stopped.SetResult();
            goOn.Wait();
        }

        static int CountPipeEnds() =>
            Directory.GetFiles("/proc/self/fd").Count(static path => new FileInfo(path).LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true);
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
