using System.Net;
using UringSharp.Extensions.Tests.Support;
using UringSharp.Tests.Support;

namespace UringSharp.Extensions.Tests;

/// <summary>Named pipes as server-sent events, and in the background, of the sample.</summary>
public sealed class TailTests
{
    private const int Clients = 1000;

    // The pools of .NET and of the library grow a little under a burst, whatever the number of clients, and wait a while before they shrink.
    private const int ThreadsOfPools = 10;

    private static readonly Lazy<Task<WebSample>> s_shared = new(static () => WebSample.StartAsync());

    [OneTimeTearDown]
    public static async Task StopAsync()
    {
        if (s_shared.IsValueCreated)
        {
            await (await s_shared.Value).DisposeAsync();
        }
    }

    [Test]
    public async Task Of_a_thousand_clients_that_leave_in_the_middle_nothing_is_left()
    {
        await using WebSample sample = await WebSample.StartAsync();
        string[] pipes = [.. Enumerable.Range(0, Clients).Select(number => sample.Pipe($"pipe-{number}"))];

        // Once with fewer, so that what is made once is there.
        await FollowAndLeaveAsync(sample, pipes[..100], static () => Task.CompletedTask);
        await sample.Tells(static stats => (int)stats["tails"]! == 0, "all have left");
        long inFlight = (long)(await sample.StatisticsAsync())["rings"]!["inFlight"]!;
        int descriptors = sample.Descriptors;
        string[] threads = sample.Threads;

        await FollowAndLeaveAsync(sample, pipes, async () =>
        {
            await sample.Tells(stats => (int)stats["tails"]! == Clients && (long)stats["rings"]!["inFlight"]! >= inFlight + Clients, "all follow");
            sample.Descriptors.Should().BeGreaterThanOrEqualTo(descriptors + (2 * Clients));
            await ThreadsAreAsBefore(sample, threads);
        });

        await sample.Tells(stats => (int)stats["tails"]! == 0 && (long)stats["rings"]!["inFlight"]! <= inFlight, $"no tail, and {inFlight} pending as before");
        await Eventually.Holds(() => sample.Descriptors <= descriptors, () => $"{sample.Descriptors} descriptors, {descriptors} before");
        await ThreadsAreAsBefore(sample, threads);
    }

    [Test]
    public async Task A_pipe_is_broadcast_to_all_who_follow_it_and_closed_behind_the_last()
    {
        await using WebSample sample = await WebSample.StartAsync();
        string pipe = sample.Pipe("news");
        using TailClient first = new(sample.Address);
        using TailClient second = new(sample.Address);
        await first.OpenAsync("/broadcast/news");
        await second.OpenAsync("/broadcast/news");
        await sample.Tells(static stats => (int)stats["broadcasts"]! == 1, "one pipe for both");
        // Both have joined when both have had a line; one that joins late misses what came before.
        await WriteAsync(pipe, "first\n");
        await first.ReceiveAsync("data: first\n\n");
        await second.ReceiveAsync("data: first\n\n");

        first.Reset();
        await WriteAsync(pipe, "second\r\rthird\n");
        await second.ReceiveAsync("data: second\ndata: \ndata: third\n\n");
        second.Reset();

        await sample.Tells(static stats => (int)stats["broadcasts"]! == 0, "nobody follows");
        await Eventually.Holds(() => sample.CountOpen(pipe) == 0, static () => "the pipe is open");
    }

    [TestCase("/tail/missing")]
    [TestCase("/tail/..%2ffiles")]
    [TestCase("/broadcast/missing")]
    [TestCase("/tail/%00")]
    public async Task What_is_no_pipe_of_the_folder_is_not_found(string path)
    {
        WebSample sample = await s_shared.Value;
        using HttpResponseMessage response = await sample.Client.GetAsync(path);

        response.StatusCode.Should().BeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
    }

    [TestCase("/tail/orders")]
    [TestCase("/broadcast/orders")]
    public async Task A_pipe_that_the_service_consumes_is_not_found_by_clients_who_would_take_its_lines(string path)
    {
        WebSample sample = await s_shared.Value;
        using HttpResponseMessage response = await sample.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task Lines_are_consumed_in_the_background()
    {
        WebSample sample = await s_shared.Value;

        await WriteAsync(Path.Combine(sample.Pipes, "orders"), "one\ntwo\nthree\n");

        await sample.Tells(static stats => (long)stats["lines"]!["orders"]! == 3, "three lines");
    }

    [Test]
    public async Task It_is_degraded_without_io_uring_and_follows_pipes_all_the_same()
    {
        await using WebSample sample = await WebSample.StartAsync(["URINGSHARP_BACKEND=portable"]);
        string pipe = sample.Pipe("news");
        byte[] content = await sample.FileAsync("file.bin", 200_000, seed: 1);
        using TailClient client = new(sample.Address);
        await client.OpenAsync("/tail/news");

        await WriteAsync(pipe, "a line\n");

        await client.ReceiveAsync("data: a line\n\n");
        (await sample.Client.GetStringAsync("/health")).Should().StartWith("Degraded\n").And.Contain("URINGSHARP_BACKEND");
        (await sample.Client.GetByteArrayAsync("/file.bin")).Should().Equal(content);
    }

    [Test]
    public async Task A_service_that_is_stopped_leaves_its_clients_and_ends()
    {
        await using WebSample sample = await WebSample.StartAsync();
        using TailClient tail = new(sample.Address);
        using TailClient broadcast = new(sample.Address);
        sample.Pipe("news");
        await tail.OpenAsync("/tail/news");
        await broadcast.OpenAsync("/broadcast/events");

        // Kestrel waits for requests that go on, 30 s by default.
        (await Eventually.Ends(sample.StopAsync(), TimeSpan.FromSeconds(20))).Should().Be(0);
    }

    /// <summary>A client for each pipe. Some have had a line, some have not; they leave by a reset, by half closing, or by closing.</summary>
    private static async Task FollowAndLeaveAsync(WebSample sample, string[] pipes, Func<Task> meanwhile)
    {
        TailClient[] clients = [.. pipes.Select(_ => new TailClient(sample.Address))];
        try
        {
            await Eventually.Ends(Task.WhenAll(clients.Select((client, index) => client.OpenAsync("/tail/" + Path.GetFileName(pipes[index])))));
            await meanwhile();
            foreach (int index in Enumerable.Range(0, clients.Length).Where(static index => index % 4 == 0))
            {
                // The second line is cut.
                await WriteAsync(pipes[index], $"line {index}\nand ");
            }

            await Eventually.Ends(Task.WhenAll(clients.Where(static (_, index) => index % 8 == 0).Select(static (client, index) => client.ReceiveAsync($"data: line {index * 8}\n\n"))));
            for (int index = 0; index < clients.Length; index++)
            {
                switch (index % 3)
                {
                    case 0:
                        clients[index].Reset();
                        break;
                    case 1:
                        clients[index].HalfClose();
                        break;
                    default:
                        clients[index].Dispose();
                        break;
                }
            }

            await sample.Tells(static stats => (int)stats["tails"]! == 0, "all have left, or have said that nothing more comes");
        }
        finally
        {
            Array.ForEach(clients, static client => client.Dispose());
        }
    }

    private static Task ThreadsAreAsBefore(WebSample sample, string[] before) => Eventually.Holds(
        () => sample.Threads.Length <= before.Length + ThreadsOfPools, () => $"{string.Join(", ", sample.Threads)}; before: {string.Join(", ", before)}");

    private static async Task WriteAsync(string pipe, string text)
    {
        await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(pipe);
        await writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
