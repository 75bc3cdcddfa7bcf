using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Cancelling reads, and disposing what they read from.</summary>
[Category("FaultsSoak")]
public sealed class ReadCancellationTests : FileTests
{
    private const int BlockSize = 256 << 10;
    private const byte Mark = 0xA5;

    [Test]
    public async Task A_token_that_is_cancelled_already_reads_nothing([Values] bool direct)
    {
        await using UringFile file = await Open(BigFile.Path, direct: direct);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();
        block.Memory.Span.Fill(Mark);
        CancellationToken cancelled = new(canceled: true);

        ValueTask<int> read = file.ReadAsync(block.Memory, 0, cancelled);

        read.IsCanceled.Should().BeTrue();
        (await Failure(() => read.AsTask())).Should().BeAssignableTo<OperationCanceledException>().Which.CancellationToken.Should().Be(cancelled);
        block.Memory.Span.IndexOfAnyExcept(Mark).Should().Be(-1);
    }

    [Test]
    public async Task A_token_cancelled_after_the_end_changes_nothing()
    {
        await using UringFile file = await Open(BigFile.Cold(), direct: true);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();
        using CancellationTokenSource source = new();

        ValueTask<int> read = file.ReadAsync(block.Memory, 0, source.Token);
        int bytes = await Ends(read);
        await source.CancelAsync();

        bytes.Should().Be(block.Memory.Length);
        (await Ends(file.ReadAsync(block.Memory, 4096))).Should().Be(block.Memory.Length);
    }

    [Test]
    public async Task Cancelled_reads_end_with_data_or_their_token_and_write_nothing_afterwards([Values] bool direct)
    {
        await using UringFile file = await Open(BigFile.Path, direct: direct);
        using AlignedMemoryPool pool = new();
        Random random = new(10);
        int[] outcomes = new int[2];
        for (int round = 0; round < 12; round++)
        {
            BigFile.Cold();
            using CancellationTokenSource source = new();
            Task[] reads = [.. Enumerable.Range(0, 32).Select(_ => ReadAsync(random.NextInt64((BigFile.Length - BlockSize) / 4096) * 4096, source.Token))];
            Thread.SpinWait(random.Next(20_000));
            await source.CancelAsync();
            await Eventually.Ends(Task.WhenAll(reads));
            await Task.WhenAll(reads);
        }

        await TestContext.Out.WriteLineAsync($"{outcomes[0]} read, {outcomes[1]} cancelled");

        async Task ReadAsync(long offset, CancellationToken token)
        {
            using var block = pool.Rent(BlockSize);
            try
            {
                int read = await file.ReadAsync(block.Memory, offset, token);
                read.Should().Be(BlockSize);
                BigFile.Content.ShouldBe(block.Memory.Span, offset);
                Interlocked.Increment(ref outcomes[0]);
            }
            catch (OperationCanceledException e)
            {
                e.CancellationToken.Should().Be(token);
                Interlocked.Increment(ref outcomes[1]);
            }

            // The memory is the caller's again. A later read in the same ring ends after anything the kernel might still have done.
            block.Memory.Span.Fill(Mark);
            using var other = pool.Rent(BlockSize);
            await file.ReadAsync(other.Memory, offset, CancellationToken.None);
            block.Memory.Span.IndexOfAnyExcept(Mark).Should().Be(-1, "nobody writes to it");
        }
    }

    [Test]
    public async Task Cancelling_one_read_leaves_the_others_alone()
    {
        await using UringFile file = await Open(BigFile.Cold(), direct: true);
        using AlignedMemoryPool pool = new();
        Random random = new(11);
        Task[] reads = [.. Enumerable.Range(0, 200).Select(i => ReadAsync(i * 4096L * 70, i % 2 == 0))];

        await Eventually.Ends(Task.WhenAll(reads));
        await Task.WhenAll(reads);

        async Task ReadAsync(long offset, bool isCancelled)
        {
            using var block = pool.Rent(8192);
            using CancellationTokenSource source = new();
            ValueTask<int> read = file.ReadAsync(block.Memory, offset, isCancelled ? source.Token : CancellationToken.None);
            if (isCancelled)
            {
                await source.CancelAsync();
            }

            try
            {
                (await read).Should().Be(8192);
                BigFile.Content.ShouldBe(block.Memory.Span, offset);
            }
            catch (OperationCanceledException) when (isCancelled)
            {
                // As asked.
            }
        }
    }

    [Test]
    public async Task A_file_disposed_with_reads_in_flight_ends_them_with_data_or_ObjectDisposedException_and_is_closed([Values] bool direct, [Values] bool asynchronously)
    {
        using AlignedMemoryPool pool = new();
        int[] outcomes = new int[2];
        for (int round = 0; round < 8; round++)
        {
            string path = BigFile.Cold();
            UringFile file = await Open(path, direct: direct);
            Task[] reads = [.. Enumerable.Range(0, 64).Select(i => ReadAsync(file, i * 900_000L / 4096 * 4096))];
            if (asynchronously)
            {
                await file.DisposeAsync();
                OpenDescriptors.Of(path).Should().Be(0, "DisposeAsync ends when nothing uses the file any more");
            }
            else
            {
                file.Dispose();
            }

            await Eventually.Ends(Task.WhenAll(reads));
            await Task.WhenAll(reads);
            await OpenDescriptors.AreGone(path);
        }

        await TestContext.Out.WriteLineAsync($"{outcomes[0]} read, {outcomes[1]} disposed");

        async Task ReadAsync(UringFile file, long offset)
        {
            using var block = pool.Rent(BlockSize);
            try
            {
                (await file.ReadAsync(block.Memory, offset)).Should().Be(BlockSize);
                BigFile.Content.ShouldBe(block.Memory.Span, offset);
                Interlocked.Increment(ref outcomes[0]);
            }
            catch (ObjectDisposedException)
            {
                Interlocked.Increment(ref outcomes[1]);
            }
        }
    }

    [Test]
    public async Task Reads_started_while_the_file_is_being_disposed_all_end()
    {
        for (int round = 0; round < 200; round++)
        {
            UringFile file = await Open(BigFile.Path);
            using Barrier barrier = new(3);
            Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                byte[] buffer = new byte[4096];
                barrier.SignalAndWait();
                try
                {
                    for (long offset = 0; ; offset = (offset + (1 << 20)) % (BigFile.Length - 4096))
                    {
                        (await file.ReadAsync(buffer, offset)).Should().Be(4096);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // It had to come.
                }
            }))];
            barrier.SignalAndWait();
            await file.DisposeAsync();
            await Eventually.Ends(Task.WhenAll(readers));
            await Task.WhenAll(readers);
        }

        await OpenDescriptors.AreGone(BigFile.Path);
    }

    [Test]
    [Category("Uring")]
    public async Task Pinned_memory_is_released_whether_a_read_ends_with_data_a_token_or_disposal([Values] bool direct)
    {
        CountingMemory memory = new(BlockSize * 16);
        using System.Buffers.IMemoryOwner<byte> owner = memory;
        for (int round = 0; round < 20; round++)
        {
            UringFile file = await Open(BigFile.Cold(), direct: direct);
            using CancellationTokenSource source = new();
            Task<int>[] reads = [.. Enumerable.Range(0, 16).Select(i => file.ReadAsync(memory.Memory.Slice(i * BlockSize, BlockSize), i * BlockSize, source.Token).AsTask())];
            if (round % 2 == 0)
            {
                await source.CancelAsync();
            }

            await file.DisposeAsync();
            foreach (Task<int> read in reads)
            {
                await Eventually.Ends((Task)read);
            }
        }

        memory.Pins.Should().Be(0);
        memory.PinsEver.Should().BePositive();
    }

    [Test]
    public async Task The_token_of_a_disposed_source_is_as_good_as_none()
    {
        CancellationTokenSource source = new();
        CancellationToken token = source.Token;
        source.Dispose();
        await using UringFile file = await Open(BigFile.Cold(), direct: true);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();

        (await Ends(file.ReadAsync(block.Memory, 0, token))).Should().Be(block.Memory.Length);
    }

    [Test]
    public async Task Lengths_and_flushes_under_cancellation_end_with_an_answer_or_their_token()
    {
        string path = BigFile.Content.Write(Folder["file"], 12_345);
        await using UringFile file = await Open(path, FileAccess.ReadWrite);
        Random random = new(12);
        for (int i = 0; i < 200; i++)
        {
            using CancellationTokenSource source = new();
            Task<long> length = file.GetLengthAsync(source.Token).AsTask();
            Task flush = file.FlushAsync(dataOnly: i % 2 == 0, source.Token).AsTask();
            Thread.SpinWait(random.Next(300));
            await source.CancelAsync();
            await Eventually.Ends(Task.WhenAll(length, flush));
            (length.IsCanceled || await length == 12_345).Should().BeTrue();
            (flush.IsCanceled || flush.IsCompletedSuccessfully).Should().BeTrue();
        }
    }
}
