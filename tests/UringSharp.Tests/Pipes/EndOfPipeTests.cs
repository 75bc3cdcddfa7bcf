using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>When a read answers 0, and when it must not: Law 10, kernel facts F2, F7, F8, F9.</summary>
[Category("Faults")]
public sealed class EndOfPipeTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[64];

    [Test]
    public async Task A_writer_that_leaves_without_data_ends_the_read_with_0()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        FifoWriter.Visit(path);

        (await Eventually.Ends(read)).Should().Be(0);
    }

    [Test]
    public async Task A_writer_that_leaves_after_data_gives_the_data_then_0_then_0_again()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        FifoWriter.Visit(path, [1, 2, 3]);

        (await Eventually.Ends(read)).Should().Be(3);
        _buffer[..3].Should().Equal(1, 2, 3);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task A_read_before_any_writer_pends_and_does_not_answer_0()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();

        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        // A whole round trip of another pipe through the same ring: the read had every chance to end.
        (UringPipeStream other, string otherPath) = await OpenNewAsync("other");
        Task<int> otherRead = other.ReadAsync(new byte[1]).AsTask();
        await Pends(2);
        FifoWriter.Visit(otherPath, [7]);
        await Eventually.Ends(otherRead);
        read.IsCompleted.Should().BeFalse();

        FifoWriter.Visit(path, [9]);
        (await Eventually.Ends(read)).Should().Be(1);
    }

    [Test]
    public async Task A_writer_that_has_opened_but_not_written_does_not_end_the_read()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        using (FifoWriter writer = new(path))
        {
            using CancellationTokenSource source = new();
            Task<int> second = stream.ReadAsync(_buffer, source.Token).AsTask();
            await source.CancelAsync();
            await FluentActions.Awaiting(() => Eventually.Ends(second)).Should().ThrowAsync<OperationCanceledException>();
            read.IsCompleted.Should().BeFalse();
            writer.Write([5]);
            (await Eventually.Ends(read)).Should().Be(1);

            // The writer is still there: no end, although it has been seen.
            read = stream.ReadAsync(_buffer).AsTask();
            await Pends();
            read.IsCompleted.Should().BeFalse();
        }

        (await Eventually.Ends(read)).Should().Be(0);
    }

    [Test]
    public async Task A_writer_that_came_and_left_before_the_first_read_is_the_end()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();

        FifoWriter.Visit(path);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task Data_written_and_left_behind_before_the_first_read_comes_before_the_end()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();

        FifoWriter.Visit(path, [4, 2]);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(2);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task Data_left_behind_is_read_in_pieces_as_small_as_the_caller_likes()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1, 2, 3, 4, 5]);
        List<byte> seen = [];

        while (await Eventually.Ends(stream.ReadAsync(_buffer.AsMemory(0, 1)).AsTask()) == 1)
        {
            seen.Add(_buffer[0]);
        }

        seen.Should().Equal(1, 2, 3, 4, 5);
    }

    [Test]
    public async Task Two_writers_end_the_pipe_only_when_both_have_left()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using FifoWriter first = new(path);
        using FifoWriter second = new(path);
        first.Write([1]);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(1);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        first.Dispose();
        second.Write([2]);
        (await Eventually.Ends(read)).Should().Be(1);
        read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        second.Dispose();

        (await Eventually.Ends(read)).Should().Be(0);
    }

    [Test]
    public async Task The_end_is_final_although_a_new_writer_opens()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1]);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(1);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);

        using FifoWriter writer = new(path);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask(), TimeSpan.FromSeconds(2))).Should().Be(0);
    }

    [Test]
    public async Task The_end_is_final_although_a_new_writer_writes()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        FifoWriter.Visit(path);
        (await Eventually.Ends(read)).Should().Be(0);

        using FifoWriter writer = new(path);
        writer.Write([1, 2, 3]);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask(), TimeSpan.FromSeconds(2))).Should().Be(0);
        (await Eventually.Ends(stream.ReadAsync(Memory<byte>.Empty).AsTask(), TimeSpan.FromSeconds(2))).Should().Be(0);
    }

    [Test]
    [Category("NotWithFaults")] // Half a minute of races.
    public async Task A_read_begun_while_another_one_sees_the_end_sees_it_too()
    {
        // The next writer is there before the second read is before the kernel, and writes nothing: a wait would be for ever.
        BalancedPause pause = new(new Random(Seed()));
        string path = Folder.Fifo();
        int ends = 0;
        int begunMeanwhile = 0;
        int begunAfter = 0;
        int visitAllowed = 0;
        int visited = 0;
        Task visiting = OnAThreadOfItsOwn(() =>
        {
            while (true)
            {
                SpinUntilSet(ref visitAllowed);
                if (Interlocked.Exchange(ref visitAllowed, 0) < 0)
                {
                    return;
                }

                FifoWriter.Visit(path);
                Volatile.Write(ref visited, 1);
            }
        });
        try
        {
            await OnAThreadOfItsOwn(() =>
            {
                for (int i = 0; i < 2_500; i++)
                {
                    using UringPipeStream stream = NamedPipe.OpenReadAsync(path, Options).AsTask().GetAwaiter().GetResult();
                    Task<int> first = stream.ReadAsync(new byte[1]).AsTask();
                    SpinWait.SpinUntil(() => Context.GetStatistics().InFlight > 0);
                    if (i % 2 == 0)
                    {
                        FifoWriter.Visit(path);
                    }
                    else
                    {
                        Volatile.Write(ref visitAllowed, 1);
                        pause.Spend();
                    }

                    bool isMeanwhile = !first.IsCompleted;
                    Task<int> second = stream.ReadAsync(new byte[1]).AsTask();
                    using FifoWriter next = new(path, blocking: false);
                    if (i % 2 != 0)
                    {
                        pause.Learn(secondWon: isMeanwhile);
                    }

                    if (first.Wait(TimeSpan.FromMilliseconds(2)))
                    {
                        ends++;
                        begunMeanwhile += isMeanwhile ? 1 : 0;
                        begunAfter += isMeanwhile ? 0 : 1;
                        second.Wait(TimeSpan.FromSeconds(2)).Should().BeTrue("the end is final");
                        (first.Result, second.Result).Should().Be((0, 0));
                    }

                    if (i % 2 != 0)
                    {
                        SpinUntilSet(ref visited);
                        visited = 0;
                    }
                }
            });
        }
        finally
        {
            Volatile.Write(ref visitAllowed, -1);
        }

        await visiting;
        Report($"{ends} ends; the second read begun {begunMeanwhile} times while the first one pended, {begunAfter} times after it");
        if (begunMeanwhile == 0)
        {
            Assert.Ignore("The second read was never begun while the first one pended: this machine was too busy, or too quick, for that race.");
        }
    }

    [Test]
    public async Task What_comes_after_the_end_is_there_for_whoever_opens_again()
    {
        (UringPipeStream first, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1]);
        (await Eventually.Ends(first.ReadAsync(_buffer).AsTask())).Should().Be(1);
        (await Eventually.Ends(first.ReadAsync(_buffer).AsTask())).Should().Be(0);

        // The new one is opened while the old one is open, so that nothing between the two is lost (F8).
        await using UringPipeStream second = await NamedPipe.OpenReadAsync(path, Options);
        FifoWriter.Visit(path, [2, 3]);
        await first.DisposeAsync();

        (await Eventually.Ends(second.ReadAsync(_buffer).AsTask())).Should().Be(2);
        (await Eventually.Ends(second.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task A_fresh_stream_waits_for_the_next_writer_although_the_last_one_has_left()
    {
        (UringPipeStream first, string path) = await OpenNewAsync();
        FifoWriter.Visit(path);
        (await Eventually.Ends(first.ReadAsync(_buffer).AsTask())).Should().Be(0);

        await using UringPipeStream second = await NamedPipe.OpenReadAsync(path, Options);
        Task<int> read = second.ReadAsync(_buffer).AsTask();
        await Pends();
        await first.DisposeAsync();
        read.IsCompleted.Should().BeFalse();

        FifoWriter.Visit(path, [8]);
        (await Eventually.Ends(read)).Should().Be(1);
    }

    [Test]
    public async Task All_reads_waiting_in_line_see_the_end()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        Task<int>[] reads = [.. Enumerable.Range(0, 20).Select(_ => stream.ReadAsync(new byte[8]).AsTask())];
        await Pends();

        FifoWriter.Visit(path, [1, 2, 3]);

        int[] results = await Eventually.Ends(Task.WhenAll(reads));
        results[0].Should().Be(3);
        results[1..].Should().AllBeEquivalentTo(0);
    }
}
