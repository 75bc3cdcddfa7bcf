using System.Collections.Concurrent;
using UringSharp.Tests.Support;

namespace UringSharp.Extensions.Tests;

/// <summary>Background services that consume named pipes.</summary>
public sealed class LineServiceTests
{
    [Test]
    public async Task Lines_of_all_pipes_come_from_one_writer_after_the_other()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Lines service = new(context, folder.Fifo("one"), folder.Fifo("two"));
        await service.StartAsync(CancellationToken.None);

        await WriteAsync(folder["one"], "a\nb");
        await WriteAsync(folder["two"], "c\n");
        await WriteAsync(folder["one"], "b\n");
        await Eventually.Holds(() => service.Received.Count == 3, () => string.Join(", ", service.Received));
        service.Received.Should().BeEquivalentTo(["one: a", "one: bb", "two: c"]);

        // Each writer has left, and its line was taken, before the next comes.
        for (int number = 4; number < 24; number++)
        {
            await Eventually.Ends(WriteAsync(folder["one"], $"{number}\n"));
            await Eventually.Holds(() => service.Received.Count == number, () => string.Join(", ", service.Received));
        }

        await service.StopAsync(CancellationToken.None);
    }

    [Test]
    public async Task Stopping_ends_the_waits_and_closes_the_pipes()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Lines service = new(context, [.. Enumerable.Range(0, 20).Select(number => folder.Fifo($"fifo-{number}"))]);
        await service.StartAsync(CancellationToken.None);
        await Eventually.Holds(() => context.GetStatistics().InFlight >= 20, () => $"{context.GetStatistics()}");

        await Eventually.Ends(service.StopAsync(CancellationToken.None));

        context.GetStatistics().InFlight.Should().BeLessThan(20);
        service.ExecuteTask!.IsCanceled.Should().BeTrue();
    }

    [Test]
    public async Task A_failure_ends_the_service_and_with_it_the_other_pipes()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Lines service = new(context, folder.Fifo("one"), folder.Fifo("two"));
        await service.StartAsync(CancellationToken.None);

        await WriteAsync(folder["one"], "fail\n");

        await ((Func<Task>)(() => service.ExecuteTask!.WaitAsync(Eventually.Deadline))).Should().ThrowAsync<InvalidDataException>();
    }

    private static async Task WriteAsync(string fifo, string text)
    {
        await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(fifo);
        await writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private sealed class Lines(UringContext context, params string[] paths) : NamedPipeLineService(context, paths)
    {
        public ConcurrentQueue<string> Received { get; } = [];

        protected override ValueTask ReceiveAsync(string path, string line, CancellationToken stoppingToken)
        {
            Received.Enqueue($"{Path.GetFileName(path)}: {line}");
            return line == "fail" ? ValueTask.FromException(new InvalidDataException()) : default;
        }
    }
}
