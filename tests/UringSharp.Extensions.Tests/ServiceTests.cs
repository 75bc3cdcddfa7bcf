using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using UringSharp.Tests.Support;

namespace UringSharp.Extensions.Tests;

/// <summary>The context in a container.</summary>
public sealed class ServiceTests
{
    [Test]
    public async Task The_context_has_the_options_of_the_configuration()
    {
        await using ServiceProvider services = Provide(("RingCount", "2"), ("QueueDepth", "8"), ("Backend", "portable"), ("Continuations", "ThreadPool"), ("BusyPoll", "00:00:00.0001"));

        UringOptions options = services.GetRequiredService<IOptions<UringOptions>>().Value;
        UringStatistics statistics = services.GetRequiredService<UringContext>().GetStatistics();

        statistics.Rings.Should().Be(2);
        statistics.Backend.Should().Be(UringBackend.Portable);
        options.QueueDepth.Should().Be(8);
        options.Continuations.Should().Be(ContinuationMode.ThreadPool);
        options.BusyPoll.Should().Be(TimeSpan.FromMicroseconds(100));
    }

    [Test]
    public async Task Without_a_configuration_there_are_the_defaults()
    {
        await using ServiceProvider services = new ServiceCollection().AddUringSharp().BuildServiceProvider();

        services.GetRequiredService<IOptions<UringOptions>>().Value.Should().BeEquivalentTo(new UringOptions());
    }

    [Test]
    public async Task Code_has_the_last_word_and_a_section_may_be_given()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddUringSharp(Configure(("Rings:RingCount", "2"), ("Rings:QueueDepth", "8")).GetSection("Rings"), static options => options.QueueDepth = 16)
            .BuildServiceProvider();

        UringOptions options = services.GetRequiredService<IOptions<UringOptions>>().Value;

        options.RingCount.Should().Be(2);
        options.QueueDepth.Should().Be(16);
    }

    [TestCase("Backend", "epoll", "Auto, Uring, Portable")]
    [TestCase("Backend", "1", "Auto, Uring, Portable")]
    [TestCase("RingCount", "0", "1 to 256")]
    [TestCase("RingCount", "many", "1 to 256")]
    [TestCase("QueueDepth", "99999", "1 to 32768")]
    [TestCase("Continuations", "Never", "Adaptive, ThreadPool, Inline")]
    [TestCase("BusyPoll", "00:00:02", "00:00:01")]
    public async Task A_value_that_cannot_be_used_is_named_by_its_key(string key, string value, string expected)
    {
        await using ServiceProvider services = Provide((key, value));

        services.Invoking(static services => services.GetRequiredService<UringContext>()).Should().Throw<OptionsValidationException>()
            .Which.Failures.Should().ContainSingle().Which.Should().Contain($"UringSharp:{key} is '{value}'").And.Contain(expected);
    }

    [Test]
    public async Task All_values_that_cannot_be_used_are_named_when_the_host_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("UringSharp:RingCount", "-1"), new("UringSharp:BusyPoll", "long")]);
        builder.Services.AddUringSharp();
        using IHost host = builder.Build();

        (await host.Awaiting(static host => host.StartAsync()).Should().ThrowAsync<OptionsValidationException>())
            .Which.Message.Should().Contain("UringSharp:RingCount is '-1'").And.Contain("UringSharp:BusyPoll is 'long'");
    }

    [Test]
    public async Task Disposing_the_container_ends_what_waits_in_its_context()
    {
        ServiceProvider services = Provide();
        UringContext context = services.GetRequiredService<UringContext>();
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        Task<int> reading = reader.ReadAsync(new byte[1]).AsTask();

        await services.DisposeAsync();

        await ((Func<Task>)(() => Eventually.Ends(reading))).Should().ThrowAsync<ObjectDisposedException>();
        context.Invoking(static context => UringPipeStream.CreatePair(context)).Should().Throw<ObjectDisposedException>();
        await reader.DisposeAsync();
        await writer.DisposeAsync();
    }

    [Test]
    public async Task Added_twice_there_is_one_context()
    {
        await using ServiceProvider services = new ServiceCollection().AddUringSharp().AddUringSharp().BuildServiceProvider();

        services.GetServices<UringContext>().Should().ContainSingle();
    }

    [Test]
    public async Task The_meter_is_called_as_the_constant_says_and_enabled_by_it()
    {
        List<string> names = [];
        using System.Diagnostics.Metrics.MeterListener listener = new();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == UringMeter.Name)
            {
                names.Add(instrument.Name);
            }
        };
        await using ServiceProvider services = new ServiceCollection().AddUringSharp().AddMetrics(static metrics => metrics.AddUringSharp()).BuildServiceProvider();
        _ = services.GetRequiredService<UringContext>();

        listener.Start();

        names.Should().Contain("uringsharp.in_flight");
        services.GetRequiredService<IOptions<MetricsOptions>>().Value.Rules.Should().ContainSingle(static rule => rule.MeterName == UringMeter.Name && rule.Enable);
    }

    private static ServiceProvider Provide(params (string Key, string Value)[] values) => new ServiceCollection()
        .AddSingleton<IConfiguration>(Configure([.. values.Select(static value => ("UringSharp:" + value.Key, value.Value))]))
        .AddUringSharp()
        .BuildServiceProvider();

    private static IConfigurationRoot Configure(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(static value => KeyValuePair.Create(value.Key, (string?)value.Value))).Build();
}
