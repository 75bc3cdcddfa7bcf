using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Cancellation by token: Laws 1 and 2.</summary>
[Category("FaultsSoak")]
public sealed class TokenTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[64];

    [Test]
    public async Task A_token_cancelled_before_the_call_is_refused_and_nothing_is_read()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using FifoWriter writer = new(path);
        writer.Write([1, 2]);
        var cancelled = new CancellationToken(canceled: true);

        ValueTask<int> read = stream.ReadAsync(_buffer, cancelled);

        read.IsCanceled.Should().BeTrue();
        await ShouldBeCancelledBy(read.AsTask(), cancelled);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(2);
    }

    [Test]
    public async Task A_token_cancelled_before_the_call_is_refused_by_the_array_overload_as_well()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        var cancelled = new CancellationToken(canceled: true);

        await ShouldBeCancelledBy(stream.ReadAsync(_buffer, 0, 4, cancelled), cancelled);
    }

    [Test]
    public async Task Opening_with_a_cancelled_token_opens_nothing()
    {
        string path = Folder.Fifo();
        var cancelled = new CancellationToken(canceled: true);
        int before = OpenDescriptors.Count;

        for (int i = 0; i < 100; i++)
        {
            await ShouldBeCancelledBy(NamedPipe.OpenReadAsync(path, Options, cancelled).AsTask(), cancelled);
        }

        OpenDescriptors.Count.Should().Be(before);
    }

    [Test]
    public async Task Cancelling_an_open_at_any_moment_opens_or_leaks_nothing()
    {
        string path = Folder.Fifo();
        BalancedPause pause = new(new Random(Seed()));
        int opened = 0;
        int cancelled = 0;
        await OnAThreadOfItsOwn(() =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                using CancellationTokenSource source = new();
                Task<UringPipeStream> open = NamedPipe.OpenReadAsync(path, Options, source.Token).AsTask();
                pause.Spend();
                source.Cancel();
                try
                {
                    using UringPipeStream stream = open.GetAwaiter().GetResult();
                    opened++;
                    pause.Learn(secondWon: false);
                }
                catch (OperationCanceledException e) when (e.CancellationToken == source.Token)
                {
                    cancelled++;
                    pause.Learn(secondWon: true);
                }
            }
        });

        // The fixture counts what is left.
        Report($"{opened} opened, {cancelled} cancelled");
        (opened + cancelled).Should().Be(5_000);
    }

    [Test]
    public async Task A_pending_read_ends_with_the_callers_token()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        using CancellationTokenSource source = new();
        Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
        await Pends();

        source.Cancel();

        await ShouldBeCancelledBy(read, source.Token);
    }

    [Test]
    public async Task A_pending_read_ends_at_once_when_cancelled()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        double best = double.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            await Pends();
            long started = Stopwatch.GetTimestamp();
            source.Cancel();
            await ShouldBeCancelledBy(read, source.Token);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Report($"best of 20: {best:0.000} ms from Cancel() to the end of the task");
        best.Should().BeLessThan(20);
    }

    [Test]
    public async Task The_stream_is_as_good_as_new_after_a_cancelled_read()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            source.Cancel();
            await ShouldBeCancelledBy(read, source.Token);
        }

        FifoWriter.Visit(path, [1]);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(1);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task A_token_cancelled_after_the_read_has_ended_changes_nothing()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using FifoWriter writer = new(path);
        using CancellationTokenSource source = new();
        Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
        await Pends();
        writer.Write([1]);
        (await Eventually.Ends(read)).Should().Be(1);

        // This one has the same operation object, fresh from the pool.
        Task<int> next = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        source.Cancel();
        writer.Write([2, 3]);

        (await Eventually.Ends(next)).Should().Be(2);
    }

    [Test]
    public async Task One_token_ends_the_reads_of_many_streams()
    {
        using CancellationTokenSource source = new();
        List<UringPipeStream> streams = [];
        List<Task<int>> reads = [];
        for (int i = 0; i < 50; i++)
        {
            (UringPipeStream stream, _) = await OpenNewAsync($"fifo{i}");
            streams.Add(stream);
            reads.Add(stream.ReadAsync(new byte[1], source.Token).AsTask());
        }

        (UringPipeStream bystander, string path) = await OpenNewAsync();
        Task<int> untouched = bystander.ReadAsync(_buffer).AsTask();
        await Pends(51);

        source.Cancel();

        foreach (Task<int> read in reads)
        {
            await ShouldBeCancelledBy(read, source.Token);
        }

        untouched.IsCompleted.Should().BeFalse();
        FifoWriter.Visit(path, [1]);
        (await Eventually.Ends(untouched)).Should().Be(1);
        streams.ForEach(stream => stream.Dispose());
        bystander.Dispose();
    }

    [Test]
    public async Task A_read_under_a_linked_token_ends_with_the_linked_token()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        using CancellationTokenSource outer = new();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(outer.Token, CancellationToken.None);
        Task<int> read = stream.ReadAsync(_buffer, linked.Token).AsTask();
        await Pends();

        outer.Cancel();

        await ShouldBeCancelledBy(read, linked.Token);
    }

    [Test]
    public async Task A_timeout_ends_a_read_that_nobody_answers()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        using CancellationTokenSource source = new();
        Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
        await Pends();

        source.CancelAfter(TimeSpan.FromMilliseconds(20));

        await ShouldBeCancelledBy(read, source.Token);
    }

    [Test]
    public async Task A_timeout_that_is_reset_in_time_ends_nothing()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using FifoWriter writer = new(path);
        using CancellationTokenSource source = new();
        for (int i = 0; i < 200; i++)
        {
            source.CancelAfter(TimeSpan.FromSeconds(30));
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            writer.Write([(byte)i]);
            (await Eventually.Ends(read)).Should().Be(1);
            source.TryReset().Should().BeTrue();
        }
    }

    [Test]
    public async Task Cancelling_the_first_of_three_reads_lets_the_others_have_the_data_in_order()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using CancellationTokenSource source = new();
        byte[] second = new byte[1];
        byte[] third = new byte[1];
        Task<int> read1 = stream.ReadAsync(_buffer, source.Token).AsTask();
        Task<int> read2 = stream.ReadAsync(second).AsTask();
        Task<int> read3 = stream.ReadAsync(third).AsTask();
        await Pends();

        source.Cancel();
        await ShouldBeCancelledBy(read1, source.Token);
        FifoWriter.Visit(path, [1, 2]);

        (await Eventually.Ends(read2)).Should().Be(1);
        (await Eventually.Ends(read3)).Should().Be(1);
        (second[0], third[0]).Should().Be((1, 2));
    }

    [Test]
    public async Task Cancelling_a_read_that_waits_for_its_turn_ends_it_and_no_other()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using CancellationTokenSource source = new();
        byte[] third = new byte[1];
        Task<int> read1 = stream.ReadAsync(_buffer.AsMemory(0, 1)).AsTask();
        Task<int> read2 = stream.ReadAsync(new byte[1], source.Token).AsTask();
        Task<int> read3 = stream.ReadAsync(third).AsTask();
        await Pends();

        source.Cancel();
        await ShouldBeCancelledBy(read2, source.Token);
        (read1.IsCompleted || read3.IsCompleted).Should().BeFalse();
        FifoWriter.Visit(path, [1, 2]);

        (await Eventually.Ends(read1)).Should().Be(1);
        (await Eventually.Ends(read3)).Should().Be(1);
        (_buffer[0], third[0]).Should().Be((1, 2));
    }

    [Test]
    public async Task Cancel_runs_no_code_of_the_awaiting_side()
    {
        (UringPipeStream stream, _) = await OpenNewAsync();
        using CancellationTokenSource source = new();
        int cancelling = 0;
        int insideCancel = 0;
        for (int i = 0; i < 200; i++)
        {
            using CancellationTokenSource own = new();
            Task read = ReadAndLook(own.Token);
            cancelling = Environment.CurrentManagedThreadId;
            own.Cancel();
            cancelling = 0;
            await Eventually.Ends(read);
        }

        insideCancel.Should().Be(0);

        async Task ReadAndLook(CancellationToken token)
        {
            try
            {
                await stream.ReadAsync(_buffer, token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                if (cancelling == Environment.CurrentManagedThreadId)
                {
                    insideCancel++;
                }
            }
        }
    }

    [Test]
    public async Task Cancelling_twice_and_disposing_the_source_inside_the_continuation_is_harmless()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        for (int i = 0; i < 500; i++)
        {
            CancellationTokenSource source = new();
            Task read = ReadThenDispose(source);
            source.Cancel();
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The continuation was faster.
            }

            await Eventually.Ends(read);
        }

        FifoWriter.Visit(path, [1]);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(1);

        async Task ReadThenDispose(CancellationTokenSource source)
        {
            try
            {
                await stream.ReadAsync(_buffer, source.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                source.Dispose();
            }
        }
    }

    [Test]
    public async Task A_token_whose_source_is_disposed_already_does_not_hinder_the_read()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        CancellationTokenSource source = new();
        CancellationToken token = source.Token;
        source.Dispose();
        Task<int> read = stream.ReadAsync(_buffer, token).AsTask();
        await Pends();

        FifoWriter.Visit(path, [1]);

        (await Eventually.Ends(read)).Should().Be(1);
    }

    private static async Task ShouldBeCancelledBy(Task task, CancellationToken token)
    {
        OperationCanceledException? seen = null;
        try
        {
            await Eventually.Ends(task);
            await task;
        }
        catch (OperationCanceledException e)
        {
            seen = e;
        }

        seen.Should().NotBeNull("the task ended as {0}", task.Status);
        (seen!.CancellationToken == token).Should().BeTrue("the token is the caller's");
    }
}
